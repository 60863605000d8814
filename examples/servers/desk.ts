// The desk of sla-reminder.yaml: opens tickets, but answers 503 to the first two attempts. Run it: npx node examples/servers/desk.ts

import { announce, listen, type RunningServer } from './listen.ts'

export function startDesk(port = 4805): Promise<RunningServer> {
  let attempts = 0
  return listen(port, () => {
    attempts++
    return attempts <= 2
      ? { status: 503, body: { error: 'Back in a moment' } }
      : { status: 201, body: { id: `T-${attempts}` } }
  })
}

if (import.meta.main) announce(await startDesk())
