// Lines at the bottom of a terminal that are drawn again in place.

import type { Terminal } from '../terminal.ts'

export class LiveLines {
  private readonly terminal: Pick<Terminal, 'write'>
  private drawn: readonly string[] = []

  constructor(terminal: Pick<Terminal, 'write'>) {
    this.terminal = terminal
  }

  /** Replaces what was drawn before; writes nothing when nothing has changed. */
  draw(lines: readonly string[]): void {
    if (lines.join('\n') === this.drawn.join('\n')) return
    this.terminal.write(`${this.erasure()}${lines.map((line) => `${line}\n`).join('')}`)
    this.drawn = lines
  }

  /** Takes the lines away, so that something else can be written. */
  clear(): void {
    this.terminal.write(this.erasure())
    this.drawn = []
  }

  /** Leaves the lines where they are: they are history now. */
  keep(): void {
    this.drawn = []
  }

  private erasure(): string {
    // Up to the first line, then erase to the end of the screen (ECMA-48: CUU, ED).
    return this.drawn.length === 0 ? '' : `\u001B[${this.drawn.length}A\u001B[J`
  }
}
