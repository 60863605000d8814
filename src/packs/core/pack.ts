// The core pack: the actions that every tenant needs.

import { definePack } from '../kit.ts'
import { approvalRequest } from './approval-request.ts'
import { callbackWait } from './callback-wait.ts'
import { decision } from './decision.ts'
import { delay } from './delay.ts'
import { emailSend } from './email-send.ts'
import { formRequest } from './form-request.ts'
import { httpRequest } from './http-request.ts'
import { log } from './log.ts'
import { notificationSend } from './notification-send.ts'
import { transform } from './transform.ts'
import { validate } from './validate.ts'
import { waitForEvent } from './wait-for-event.ts'
import { webhookSend } from './webhook-send.ts'
import { workflowRun } from './workflow-run.ts'

export const corePack = definePack({
  name: 'core',
  title: 'Core',
  description: 'Calls, messages, waits, decisions, forms and approvals.',
  actions: [
    httpRequest,
    emailSend,
    notificationSend,
    webhookSend,
    delay,
    waitForEvent,
    callbackWait,
    log,
    decision,
    transform,
    validate,
    formRequest,
    approvalRequest,
    workflowRun,
  ],
})
