import { expect, test } from 'vitest'
import type { Doors } from '../../packs/kit.ts'
import { createPost } from './post.ts'

const letter = { to: 'ana@example.com', subject: 'Hello', text: 'A link' }

test('a letter goes through the mail door', async () => {
  const sent: unknown[] = []
  const mail: Doors['mail'] = async (given) => {
    sent.push(given)
    return { messageId: '1', accepted: [] }
  }
  createPost(
    mail,
    () => 'id',
    () => {},
  )(letter)
  await expect.poll(() => sent).toEqual([{ to: ['ana@example.com'], subject: 'Hello', text: 'A link' }])
})

test('one that cannot be sent stands in the log without its text, which may hold a link', async () => {
  const lines: string[] = []
  const mail: Doors['mail'] = async () => Promise.reject(new Error('No route to host'))
  createPost(
    mail,
    () => 'id',
    (_, message, detail) => void lines.push(`${message} ${JSON.stringify(detail)}`),
  )(letter)
  await expect.poll(() => lines).toEqual(['A letter was not sent. {"to":"ana@example.com","error":"No route to host"}'])
})
