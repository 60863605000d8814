// `countersign submit`: fills in a form.

import type { Command } from 'commander'
import { type CommandLine, requireId, withOffice } from '../command-line.ts'
import { readText } from '../definition-file.ts'
import { goOn } from '../execution-signal.ts'
import { readInputs } from '../given-inputs.ts'
import { asOption, collect, followOption, noFollowOption, type TenantOption, tenantOption } from '../options.ts'
import { findPendingForm } from '../people/pending.ts'
import { requestOf, submitAs } from '../people/submission.ts'
import { Refusal, refusalOf } from '../refusal.ts'

interface SubmitOptions extends TenantOption {
  readonly data?: readonly string[]
  readonly as?: string
  readonly follow?: boolean
}

export function addSubmit(program: Command, line: CommandLine): void {
  program
    .command('submit')
    .description('fill in a form that an execution waits for')
    .argument('<id>', 'of the form; the beginning is enough')
    .option('--data <data>', 'JSON, @file or name=value; may be repeated', collect)
    .addOption(asOption())
    .addOption(followOption())
    .addOption(noFollowOption())
    .addOption(tenantOption())
    .action(async (typed: string, { tenant, data = [], as, follow }: SubmitOptions) => {
      await withOffice(line, tenant, async (office) => {
        const id = await requireId(office, 'forms', typed)
        const form = await findPendingForm(office, id)
        if (form === undefined)
          throw new Refusal(
            'failed',
            `The form ${id} is closed: it was submitted, has expired, or its execution ended.`,
          )
        const given = await readInputs(data, requestOf(form).fields, readText, '--data')
        const result = await submitAs(office, form, given, as)
        if (!result.ok) throw refusalOf(result.problems)
        line.terminal.print(`Submitted by ${result.value.by}.`)
        line.finish(await goOn(office, form.executionId, follow))
      })
    })
}
