// The versions of its workflow that an execution has run or may change over to, each with the secrets that it uses.

import type { TenantSecrets } from '../redaction/tenant-secrets.ts'
import type { EngineParts, WorkerHost } from './host.ts'
import type { LoadedVersion } from './loaded-version.ts'

export class HeldVersions {
  /** The one that it runs now. */
  current: LoadedVersion
  secrets: TenantSecrets | undefined
  private readonly versions: Map<string, LoadedVersion>
  private readonly opened = new Map<string, TenantSecrets>()
  private readonly missing = new Set<string>()

  constructor(versions: Map<string, LoadedVersion>, currentId: string) {
    this.versions = versions
    this.current = this.require(currentId)
  }

  find(versionId: string): LoadedVersion | undefined {
    return this.versions.get(versionId)
  }

  /** Call it before anything runs. Costs nothing where no secret is used. */
  async openSecrets(parts: EngineParts, tenantId: string): Promise<void> {
    const { secrets } = this.current
    if (secrets.length > 0) this.secrets = await parts.secretsOf(tenantId, secrets)
  }

  /** A version must be known, with its secrets, before an event that changes over to it is folded. */
  async load({ versions, parts }: Pick<WorkerHost, 'versions' | 'parts'>, tenantId: string, id: string): Promise<void> {
    const version = await versions.get(tenantId, id)
    if (version.secrets.length > 0) this.opened.set(id, await parts.secretsOf(tenantId, version.secrets))
    this.versions.set(id, version)
  }

  /** There is no such version, or it cannot be read. */
  miss(versionId: string): void {
    this.missing.add(versionId)
  }

  isMissing(versionId: string): boolean {
    return this.missing.has(versionId)
  }

  changeOver(versionId: string): LoadedVersion {
    this.current = this.require(versionId)
    this.secrets = this.opened.get(versionId) ?? this.secrets
    return this.current
  }

  private require(versionId: string): LoadedVersion {
    const version = this.versions.get(versionId)
    if (version === undefined) throw new Error(`Version ${versionId} is not loaded`)
    return version
  }
}
