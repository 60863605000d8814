// Work that is done one at a time: asked for while it is under way, it is done once more.

export class OnceMore {
  private readonly work: () => Promise<void>
  private underWay: Promise<void> | undefined
  private isAsked = false

  constructor(work: () => Promise<void>) {
    this.work = work
  }

  /** Resolves once work that began after this call has ended. */
  ask(): Promise<void> {
    this.isAsked = true
    return (this.underWay ??= this.repeat())
  }

  private async repeat(): Promise<void> {
    try {
      while (this.isAsked) {
        this.isAsked = false
        await this.work()
      }
    } finally {
      // In the same turn as the look above: who asks later finds nothing under way.
      this.underWay = undefined
    }
  }
}
