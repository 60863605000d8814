// What a peer gets to run on: a database of its own on the server that ours uses, and a directory of its own.

import { z } from 'zod'

export const surroundingsSchema = z.object({
  database: z.object({
    /** May be the directory of a socket. */
    host: z.string(),
    port: z.number(),
    user: z.string(),
    password: z.string(),
    database: z.string(),
  }),
  directory: z.string(),
})

export type Surroundings = z.infer<typeof surroundingsSchema>

/** The address as peers want it. A socket's directory stands in the query, because URL parsers refuse it as a host. */
export function databaseUrl({ host, port, user, password, database }: Surroundings['database']): URL {
  const url = new URL(`postgresql://localhost:${port}/${database}`)
  url.username = user
  url.password = password
  url.searchParams.set('host', host)
  return url
}
