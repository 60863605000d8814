// The reference of roles and permissions, made from the one table of the kernel.

import { may, permissionNames, roles } from '../../src/kernel/access/permissions.ts'

export function permissionsReference(): string {
  const rows = permissionNames.map((permission) => {
    const cells = roles.map((role) => (may(role, permission) ? 'yes' : ''))
    return `| \`${permission}\` | ${cells.join(' | ')} |`
  })
  return [`| permission | ${roles.join(' | ')} |`, `| --- | ${roles.map(() => '---').join(' | ')} |`, ...rows].join(
    '\n',
  )
}
