import { expect, test } from 'vitest'
import { untilItWins } from './lost-race.ts'

const losing = (code: string, times: number) => {
  let tries = 0
  const work = async () => {
    if (++tries <= times) throw Object.assign(new Error('lost'), { code })
    return tries
  }
  return { work, tries: () => tries }
}

test.each(['40P01', '40001'])('what lost with %s is done again', async (code) => {
  expect(await untilItWins(losing(code, 3).work)).toBe(4)
})

test('what loses again and again, or fails of itself, fails', async () => {
  const [unlucky, wrong] = [losing('40P01', 9), losing('23505', 1)]
  await expect(untilItWins(unlucky.work)).rejects.toThrow('lost')
  await expect(untilItWins(wrong.work)).rejects.toThrow('lost')
  expect([unlucky.tries(), wrong.tries()]).toEqual([4, 1])
})
