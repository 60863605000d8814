// Tells a listener that comes back what it has missed, from the record.

import { asTenant, type Database, type Queryable } from '../../record/database.ts'
import { readFeed } from '../../record/feed.ts'
import { readAuditNews } from '../../record/feed-context.ts'
import { auditEvent, executionEvent } from './stream-event.ts'
import type { StreamListener } from './stream-listener.ts'
import { hearsAudit, onlyExecution } from './topics.ts'
import type { WorkflowNames } from './workflow-names.ts'

const pageSize = 500
/** Many come back at once when a server has been away; the requests want connections too. */
const atOnce = 4

export class CatchUp {
  private readonly database: Database
  private readonly names: WorkflowNames
  private readonly waiting: (() => void)[] = []
  private running = 0

  constructor(database: Database, names: WorkflowNames) {
    this.database = database
    this.names = names
  }

  /** Resolves once all is told that was committed before it began; as the tenant's role, which sees nothing else. */
  async run(listener: StreamListener): Promise<void> {
    while (!listener.isClosed && (await this.inTurn(() => this.tellFeed(listener)))) await listener.drained()
    if (!hearsAudit(listener.topics)) return
    while (!listener.isClosed && (await this.inTurn(() => this.tellAudit(listener)))) await listener.drained()
  }

  private async tellFeed(listener: StreamListener): Promise<boolean> {
    const { tenantId, topics, place } = listener
    const executionId = onlyExecution(topics)
    const only = executionId === undefined ? {} : { executionId }
    const { page, names } = await asTenant(this.database, tenantId, async (client) => {
      const read = await readFeed(client, place.feed, { limit: pageSize, tenantId, ...only })
      return { page: read, names: await this.names.of(client, read.entries) }
    })
    listener.recall(
      page.entries.flatMap((entry) => executionEvent(entry, names.get(entry.executionId), place.audit) ?? []),
      { feed: page.position, audit: place.audit },
    )
    return page.isCut
  }

  private async tellAudit(listener: StreamListener): Promise<boolean> {
    const { tenantId, place } = listener
    const after = new Map([[tenantId, place.audit ?? 0]])
    const news = await asTenant(this.database, tenantId, (client: Queryable) => readAuditNews(client, after, pageSize))
    listener.recall(
      news.map((entry) => auditEvent(entry, place.feed)),
      place,
    )
    return news.length === pageSize
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= atOnce) await new Promise<void>((resolve) => this.waiting.push(resolve))
    this.running++
    try {
      return await work()
    } finally {
      this.running--
      this.waiting.shift()?.()
    }
  }
}
