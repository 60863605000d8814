// `countersign events send`: an event that starts workflows and wakes the steps that wait for it.

import type { Command } from 'commander'
import type { EventReceipt } from '../../engine/triggers/events.ts'
import { type CommandLine, withOffice } from '../command-line.ts'
import { readText } from '../definition-file.ts'
import { collect, jsonOption, type TenantOption, tenantOption } from '../options.ts'
import { readInputs } from '../given-inputs.ts'
import { refusalOf } from '../refusal.ts'

interface SendOptions extends TenantOption {
  readonly data?: readonly string[]
  readonly id?: string
  readonly source: string
  readonly json?: true
}

export function addEvents(program: Command, line: CommandLine): void {
  program
    .command('events')
    .description('send events')
    .command('send')
    .description('send an event; each source and id is taken once')
    .argument('<type>', 'such as purchase_order.created')
    .option('--data <data>', 'JSON, @file or name=value; may be repeated', collect)
    .option('--id <id>', 'names the event; a new one when absent')
    .option('--source <source>', 'where it comes from', 'cli')
    .addOption(jsonOption())
    .addOption(tenantOption())
    .action(async (type: string, { tenant: slug, data = [], id, source, json }: SendOptions) => {
      await withOffice(line, slug, async ({ house, tenant, terminal }) => {
        const payload = await readInputs(data, {}, readText, '--data')
        const received = await house.events.receive({
          tenantId: tenant.id,
          type,
          source,
          id: id ?? house.newId(),
          data: payload,
        })
        if (!received.ok) throw refusalOf(received.problems)
        if (json === true) terminal.print(JSON.stringify(received.value))
        else terminal.print(...receiptLines(type, received.value))
      })
    })
}

function receiptLines(type: string, { duplicate, fired, signalled }: EventReceipt): string[] {
  if (duplicate) return ['This event has been received before: nothing was done.']
  const lines = fired.map((one) => {
    if (one.outcome === 'started') return `Started ${one.workflow}: ${one.executionId}`
    if (one.outcome === 'refused')
      return `${one.workflow} could not start: ${one.problems.map(({ message }) => message).join(' ')}`
    return one.outcome === 'no_match' ? `${one.workflow}: its condition is false.` : `${one.workflow}: started before.`
  })
  if (signalled > 0) lines.push(signalled === 1 ? 'Passed to 1 waiting step.' : `Passed to ${signalled} waiting steps.`)
  return lines.length > 0 ? lines : [`Nothing listens for ${type}.`]
}
