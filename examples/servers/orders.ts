// The source of nightly-report.yaml: GET /orders answers with the orders of a day. Run it: npx node examples/servers/orders.ts

import { announce, listen, type RunningServer } from './listen.ts'

const orders = [
  { id: 'O-1', status: 'paid', amount: 120.5 },
  { id: 'O-2', status: 'open', amount: 80 },
  { id: 'O-3', status: 'paid', amount: 19.9 },
  { id: 'O-4', status: 'cancelled', amount: 900 },
]

export function startOrders(port = 4801): Promise<RunningServer> {
  return listen(port, ({ method, path }) =>
    method === 'GET' && path.startsWith('/orders')
      ? { status: 200, body: { orders } }
      : { status: 404, body: { error: `There is no ${method} ${path}` } },
  )
}

if (import.meta.main) announce(await startOrders())
