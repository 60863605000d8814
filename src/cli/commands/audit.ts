// `countersign audit`: verifies the chain of entries, and exports it.

import { type Command, InvalidArgumentError } from 'commander'
import {
  type AuditWindow,
  compareWithNoted,
  exportAudit,
  type ExportWindow,
  sayFault,
  type Verification,
  verifyAudit,
} from '../../governance/audit.ts'
import type { ChainHead } from '../../record/audit-chain.ts'
import { type CommandLine, type Office, withOffice } from '../command-line.ts'
import type { Exit } from '../exit-code.ts'
import { jsonOption, type TenantOption, tenantOption } from '../options.ts'

interface VerifyOptions extends TenantOption, AuditWindow {
  readonly expect?: readonly ChainHead[]
  readonly json?: true
}

export function addAudit(program: Command, line: CommandLine): void {
  const audit = program.command('audit').description('verify and export what was done by whom')
  audit
    .command('verify')
    .description('compute every hash anew and name each entry that was changed, moved, inserted or is missing')
    .option('--from <seq>', 'begin at this entry', readSeq)
    .option('--to <seq>', 'end at this entry', readSeq)
    .option('--expect <seq:hash>', 'a head that was noted before; may be repeated', collectHead)
    .addOption(jsonOption())
    .addOption(tenantOption())
    .action(async ({ tenant, ...options }: VerifyOptions) => {
      await withOffice(line, tenant, async (office) => line.finish(await verify(office, options)))
    })
  audit
    .command('export')
    .description('print the entries as lines of JSON, each with all that its hash covers')
    .option('--from <seq>', 'begin at this entry', readSeq)
    .option('--to <seq>', 'end at this entry', readSeq)
    .option('--since <time>', 'begin at this time, such as 2026-11-21T12:00:00Z', readTime)
    .option('--until <time>', 'end before this time', readTime)
    .addOption(tenantOption())
    .action(async ({ tenant, ...window }: TenantOption & ExportWindow) => {
      await withOffice(line, tenant, async (office) => print(office, window))
    })
}

async function verify(office: Office, { expect = [], json, ...window }: Omit<VerifyOptions, 'tenant'>): Promise<Exit> {
  const { house, tenant, terminal } = office
  const db = house.database.engine
  const found = await verifyAudit(db, tenant.id, window)
  const broken: string[] = []
  for (const noted of expect) {
    const difference = await compareWithNoted(db, tenant.id, noted)
    if (difference !== undefined) broken.push(difference)
  }
  const isWhole = found.faultCount === 0 && found.executions.faultCount === 0 && broken.length === 0
  if (json === true) terminal.print(JSON.stringify({ verified: isWhole, ...found, broken_expectations: broken }))
  else {
    terminal.complain(...faultLines(found), ...broken)
    terminal.print(...summaryLines(found, tenant.slug, isWhole))
  }
  return isWhole ? 'fine' : 'failed'
}

function faultLines({ faults, faultCount, executions }: Verification): string[] {
  const lines = [...faults.map((fault) => sayFault(fault)), ...executions.faults.map(({ message }) => message)]
  const untold = faultCount + executions.faultCount - lines.length
  return untold === 0 ? lines : [...lines, `And ${untold} more.`]
}

function summaryLines({ entries, from, to, head, executions }: Verification, slug: string, isWhole: boolean): string[] {
  const range = from === 1 && to === head.seq ? '' : ` (${from} to ${to})`
  const { checked, pruned } = executions
  const gone = pruned === 0 ? '' : `; ${count(pruned, 'execution')} were deleted since`
  return [
    `${isWhole ? 'Verified' : 'Read'} ${count(entries, 'entry', 'entries')}${range} of tenant ${slug}, head ${head.seq}:${head.hash}.`,
    `Seals of ${count(checked, 'execution')} were computed anew${gone}.`,
    ...(isWhole ? [] : ['The audit is not what was written: see above.']),
  ]
}

const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`

async function print({ house, tenant, terminal }: Office, window: ExportWindow): Promise<void> {
  for await (const lines of exportAudit((work) => work(house.database.engine), tenant.id, window)) {
    if (terminal.isBroken) return
    terminal.write(lines)
  }
}

function readSeq(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be the number of an entry, from 1.')
}

function readTime(text: string): Date {
  const time = new Date(text)
  if (!Number.isNaN(time.getTime())) return time
  throw new InvalidArgumentError('It must be a time, such as 2026-11-21T12:00:00Z.')
}

function collectHead(text: string, before: readonly ChainHead[] = []): ChainHead[] {
  const [, seq, hash] = /^([1-9]\d{0,14}):([0-9a-f]{64})$/i.exec(text) ?? []
  if (seq !== undefined && hash !== undefined) return [...before, { seq: Number(seq), hash: hash.toLowerCase() }]
  throw new InvalidArgumentError('It must be the number of an entry, a colon and its hash, as verify prints them.')
}
