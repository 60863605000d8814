// All routes of the API, in the order of its reference.

import type { Route } from './route.ts'

export const routes: readonly Route[] = []
