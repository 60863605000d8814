// The shop of order-saga.yaml and fan-out-partial-failure.yaml. It takes invoices, reservations, charges and shipments, and
// undoes the latter with DELETE. It ships to every city but Nowhere. Run it: npx node examples/servers/shop.ts

import { announce, type Answer, field, listen, type Request, type RunningServer } from './listen.ts'

const customers: ReadonlySet<string> = new Set(['C-1', 'C-2', 'C-3'])

export function startShop(port = 4802): Promise<RunningServer> {
  const known = new Set<string>()
  return listen(port, (request) => {
    if (request.path === '/invoices') return invoice(request)
    return /^\/(reservations|charges|shipments)\/[\w-]+$/.test(request.path)
      ? order(request, known)
      : { status: 404, body: { error: `There is no ${request.path}` } }
  })
}

function invoice({ body }: Request): Answer {
  const customer = field(body, 'customer')
  return customers.has(customer)
    ? { status: 201, body: { invoice: `I-${customer}` } }
    : { status: 404, body: { error: `No customer ${customer}` } }
}

/** PUT and DELETE: doing either twice is doing it once, so a second attempt harms nothing. */
function order({ method, path, body }: Request, known: Set<string>): Answer {
  const id = path.split('/').at(-1)
  if (path.startsWith('/shipments') && field(body, 'city') === 'Nowhere')
    return { status: 422, body: { error: 'Nobody ships to Nowhere' } }
  if (method === 'DELETE') known.delete(path)
  else known.add(path)
  return { status: 200, body: { id } }
}

if (import.meta.main) announce(await startShop())
