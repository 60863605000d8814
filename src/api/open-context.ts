// What the handler of an open route is given: nobody is signed in, and whoever asks for a principal or a tenant's rows has made
// a mistake.

import type { Principal } from './principal.ts'
import type { CallContext } from './route.ts'

export class OpenContext implements CallContext {
  readonly db: CallContext['db'] = { query: refuse }
  readonly parts: CallContext['parts']
  readonly request: CallContext['request']
  readonly raw: CallContext['raw']

  constructor({ parts, request, raw }: Omit<CallContext, 'principal' | 'db'>) {
    this.parts = parts
    this.request = request
    this.raw = raw
  }

  // In the class, where copying an object's own fields does not call it.
  get principal(): Principal {
    return refuse()
  }
}

function refuse(): never {
  throw new Error('An open route has neither a principal nor a tenant')
}
