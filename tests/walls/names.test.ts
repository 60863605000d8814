// Names of files and folders say what is in them, and each file opens by saying what it is for.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from './planted-house.ts'

/** Names that promise nothing: a folder or file under one of them takes everything. `index` is a barrel's name. */
const banned = new Set(['utils', 'lib', 'common', 'helpers', 'misc', 'services', 'types', 'interfaces', 'index'])

/** A migration begins with its number: `0001_foundation.sql`. */
const kebab = /^([0-9]{4}_)?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/

/** Names that others have given. */
const given = /^(README\.md|\..+)$/

describe('every file and folder', () => {
  const paths = ['src', 'tests', 'bench'].filter((folder) => existsSync(join(root, folder))).flatMap(pathsIn)

  test('has a name that says what is in it', () => {
    expect(paths.filter(isVague)).toEqual([])
  })

  test('is written in kebab-case', () => {
    expect(paths.filter((path) => !kebab.test(lastOf(path)) && !given.test(lastOf(path)))).toEqual([])
  })

  test('of code opens with a sentence that says what it is for', () => {
    const code = paths.filter((path) => path.startsWith('src/') && path.endsWith('.ts') && !path.endsWith('.test.ts'))
    expect(code.filter((path) => !opensWithComment(path))).toEqual([])
  })
})

describe('the check of names', () => {
  test.each(['src/utils', 'src/kernel/types.ts', 'src/packs/core/index.ts', 'src/engine/helpers.test.ts'])(
    'refuses %s',
    (path) => {
      expect(isVague(path)).toBe(true)
    },
  )

  test.each(['src/kernel/json.ts', 'src/record/service-accounts.ts'])('accepts %s', (path) => {
    expect(isVague(path)).toBe(false)
  })
})

function pathsIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
    .filter((path) => !path.includes('node_modules'))
}

function isVague(path: string): boolean {
  const [name = ''] = lastOf(path).split('.')
  return banned.has(name)
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function opensWithComment(path: string): boolean {
  const [first = '', second = ''] = readFileSync(join(root, path), 'utf8').split('\n')
  return /^\/[/*]/.test(first.startsWith('#!') ? second : first)
}
