// `countersign secrets`: set, list and delete a tenant's secrets, and change the key that seals them.

import type { Command } from 'commander'
import { deleteSecret, listSecrets, setSecret, type UsedSecret } from '../../governance/secrets.ts'
import { rotateKey, type Rotated } from '../../governance/key-rotation.ts'
import { operatorOf } from '../../kernel/access/actor.ts'
import { asTenant } from '../../record/database.ts'
import { openKeyRing } from '../../record/key-ring.ts'
import { type CommandLine, type Office, withHouse, withOffice } from '../command-line.ts'
import { jsonOption, type TenantOption, tenantOption } from '../options.ts'
import { Refusal, refusalOf } from '../refusal.ts'
import { tableLines } from '../table.ts'
import type { Terminal } from '../terminal.ts'

const mostListed = 1000

export function addSecrets(program: Command, line: CommandLine): void {
  const secrets = program.command('secrets').description('credentials that steps use by name')
  addList(secrets, line)
  addSet(secrets, line)
  addDelete(secrets, line)
  addRotateKey(secrets, line)
}

function addList(secrets: Command, line: CommandLine): void {
  secrets
    .command('list')
    .description('names and versions; values are never shown')
    .addOption(jsonOption())
    .addOption(tenantOption())
    .action(async ({ tenant: slug, json }: TenantOption & { json?: true }) => {
      await withOffice(line, slug, async ({ house, tenant, terminal }) => {
        const page = { limit: mostListed, offset: 0 }
        const { items } = await asTenant(house.database, tenant.id, (client) => listSecrets(client, tenant.id, page))
        if (json === true) terminal.print(JSON.stringify(items, null, 2))
        else if (items.length > 0)
          terminal.print(...tableLines(['NAME', 'VERSION', 'SET', 'USED BY'], items.map(cellsOf)))
        else terminal.print('No secrets. Set one: npx countersign secrets set NAME')
      })
    })
}

function cellsOf({ name, version, updatedAt, usedBy }: UsedSecret): string[] {
  return [name, String(version), updatedAt.toISOString().slice(0, 16).replace('T', ' '), usedBy.join(', ') || '-']
}

function addSet(secrets: Command, line: CommandLine): void {
  secrets
    .command('set')
    .description('create a secret or replace its value, which is asked for or read from stdin')
    .argument('<name>', 'such as STRIPE_KEY')
    .option('--description <text>', 'what it is for')
    .addOption(tenantOption())
    .action(async (name: string, { tenant: slug, description }: TenantOption & { description?: string }) => {
      const value = await readValue(line.terminal, name)
      await withOffice(line, slug, async (office) => {
        const { house, tenant, terminal } = office
        const parts = { keys: await openKeyRing(house.config.keyFile), now: house.now }
        const set = await asTenant(house.database, tenant.id, (client) =>
          setSecret(parts, client, operatorOf(tenant.id), { name, value, description }),
        )
        if (!set.ok) throw refusalOf(set.problems)
        const { version } = set.value.secret
        terminal.print(set.value.isNew ? `Created ${name}.` : `Replaced ${name}: version ${version}.`)
      })
    })
}

/** Never from the words of the command: other users of the machine see those, and shells keep them. */
async function readValue(terminal: Terminal, name: string): Promise<string> {
  if (!terminal.canAsk) return (await terminal.readInput()).replace(/\r?\n$/, '')
  const value = await terminal.askHidden(`Value of ${name} (not shown): `, new AbortController().signal)
  if (value !== undefined) return value
  throw new Refusal('usage', 'No value was typed; nothing was set.')
}

function addDelete(secrets: Command, line: CommandLine): void {
  secrets
    .command('delete')
    .description('delete a secret that no active workflow uses')
    .argument('<name>', 'such as STRIPE_KEY')
    .option('--force', 'delete it although active workflows use it: their steps will fail')
    .addOption(tenantOption())
    .action(async (name: string, { tenant: slug, force = false }: TenantOption & { force?: boolean }) => {
      await withOffice(line, slug, async ({ house, tenant, terminal }: Office) => {
        const parts = { keys: await openKeyRing(house.config.keyFile), now: house.now }
        const deleted = await asTenant(house.database, tenant.id, (client) =>
          deleteSecret(parts, client, operatorOf(tenant.id), { name, force }),
        )
        if (!deleted.ok) throw refusalOf(deleted.problems)
        terminal.print(`Deleted ${name}.`)
      })
    })
}

function addRotateKey(secrets: Command, line: CommandLine): void {
  secrets
    .command('rotate-key')
    .description(
      'put a new key on top of the key file and seal everything with it; run it again when it was interrupted',
    )
    .action(async () => {
      await withHouse(line, async ({ database }, config) => {
        const keys = await openKeyRing(config.keyFile)
        const onBatch = (count: number) => line.terminal.print(`${count} sealed anew.`)
        const rotated = await rotateKey({ database, keys, onBatch })
        if (!rotated.ok) throw refusalOf(rotated.problems)
        line.terminal.print(...rotationLines(rotated.value, config.keyFile, keys.all.length - 1))
        if (rotated.value.unopened.length > 0) line.finish('failed')
      })
    })
}

function rotationLines({ keyId, isNewKey, resealed, unopened }: Rotated, keyFile: string, olderKeys: number): string[] {
  const done = isNewKey
    ? `The new key ${keyId} is the first line of ${keyFile}.`
    : `Finished the rotation to the key ${keyId}.`
  const lines = [`${done} ${resealed} ${resealed === 1 ? 'secret was' : 'secrets were'} sealed anew.`]
  if (unopened.length > 0) {
    return [
      ...lines,
      `${unopened.length} could not be opened and stay as they are:`,
      ...unopened.map((one) => `  ${one}`),
    ]
  }
  if (olderKeys === 0) return lines
  const what = olderKeys === 1 ? 'The line below it seals' : `The ${olderKeys} lines below it seal`
  return [
    ...lines,
    `${what} nothing any more. Before you remove old lines: callbacks that were handed out under them must have come in,`,
    'the file must have reached every machine, and all processes must be stopped; log-ins to the database change with it.',
  ]
}
