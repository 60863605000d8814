// The reference of problem codes, made from the table of the kernel; what to do about each is written here.

import { type ProblemCode, problemKinds } from '../../src/kernel/problem.ts'

/** A code without a remedy does not compile. */
const remedies: Readonly<Record<ProblemCode, string>> = {
  yaml_syntax: 'Mend the YAML at the line that is named. Quote a value that begins with `{{`.',
  schema:
    'The message names the field and the hint says what belongs there. [Definitions](definitions.md) lists them all.',
  duplicate_step: 'Rename one of the two steps.',
  unknown_action: 'Correct the name, or enable the pack for the tenant. [Actions](actions.md) lists those of the core.',
  action_config:
    'Mend the config; [Actions](actions.md) says what the action takes. While it runs: look at what the expressions in it gave.',
  unknown_step: 'Correct the id, or add the step.',
  not_upstream: 'Add the step whose result is used to `depends_on`.',
  unknown_outcome: 'Name one of the outcomes that the hint lists.',
  unknown_workflow: 'Save the workflow that is named first, or correct the name.',
  cycle: 'Remove one of the dependencies that the message shows.',
  unreachable_step: 'Change the edges that the message names: no course of events takes them all.',
  expression_syntax:
    'Mend the expression at the column that is named. [Expressions](expressions.md) shows the language.',
  expression_type: 'Give the value that is wanted there: compare for `true` or `false`, name a list for `for_each`.',
  expression_reference: 'Correct the name; the hint lists what exists at that place.',
  expression_place: 'Move the expression into a field that may hold one. Secrets stand only in a `config`.',
  missing_secret: 'Set `COUNTERSIGN_SECRET_<NAME>` and start again, or correct the name.',
  invalid_cron: 'Write five or six cron fields, such as `0 9 * * MON`.',
  invalid_timezone: 'Write a name of the IANA list, such as `Europe/Berlin`.',
  invalid_duration: 'Write `30s`, `5m`, `48h`, `2d`, `1h30m` or `PT5M`, above zero and up to ten years.',
  unreachable_quorum: 'Add members to the role, or lower the quorum.',
  invalid_input: 'Give the input that the message names, in the type that it names.',
  definition_too_large: 'Split the workflow and start the parts with `workflow.run`.',
  expression_failed: 'Look at the value that the message names; `default(path, otherwise)` covers what may be missing.',
  expression_limit: 'Make the expression cheaper: filter first, shorten lists, simplify the regular expression.',
  step_timeout: 'Give the step a longer `timeout`, a `retry`, or an `on_timeout`.',
  step_failed: 'The message is that of the action. Mend the cause and retry from the step.',
  step_rejected: 'People said no. Add an edge `<step>.rejected` where the workflow should go on.',
  step_expired: 'Nobody answered in time. Add an edge `<step>.expired` or an `on_timeout`.',
  execution_timeout: 'Raise `settings.timeout`, or find the step that took the time.',
  invalid_output: "The action broke its own promise: report it to the action's author.",
  payload_too_large: 'Return a reference instead of the data, or raise `COUNTERSIGN_MAX_PAYLOAD`.',
  worker_lost:
    'Workers died again and again while they ran the step: look for what kills them, memory first, then retry from the step.',
  cancelled: 'Somebody cancelled the execution. Start it again, or retry from the step.',
  not_countersigned:
    'An effect of class C leaves only with an approval of exactly what runs. The message says what is missing or what has changed since: have it approved, then retry from the step.',
  address_refused:
    'The address is not on the public internet. An administrator allows it with `COUNTERSIGN_ALLOW_HOSTS`.',
  http_failed: 'The other side did not answer, or with 5xx, 408, 425 or 429. A `retry` tries it again.',
  http_refused: 'The other side said no, or its answer broke a limit. Mend the request; the same one is refused again.',
  mail_failed: 'The mail server did not answer or asks to try later. A `retry` tries it again.',
  mail_refused: 'The mail server refuses the sender, the recipient or the message for good. Mend the address.',
  validation_failed: 'The message lists the rules that do not hold. Mend the data, or take `on_invalid: branch`.',
  child_failed: 'Look at the execution of the child; its id stands in the detail of the failure.',
  not_configured: 'Set the variable that the message names; [Operations](operations.md) lists them.',
  not_found: 'Correct the name or the id. For a notification: add a member to the role that it goes to.',
  malformed_request: 'Mend the request; the message says where it cannot be read.',
  unsupported_media_type: 'Send JSON with `content-type: application/json`.',
  method_not_allowed: 'Use one of the methods that the header `Allow` lists.',
  conflict: 'Somebody was faster, or the state has moved on. Read it again and decide anew.',
  forbidden: 'Ask somebody whose role may do this.',
  unavailable: 'Try again shortly.',
  unauthenticated: 'Sign in, or send `Authorization: Bearer cs_…` with a key that is neither revoked nor expired.',
  gone: 'It was used or has run out, and is good once only. Ask for a new one.',
  precondition_failed: 'Somebody has changed it since you read it. Read it again, and send its new ETag.',
  precondition_required: 'Read it first, and send its ETag in the header `If-Match`.',
  key_reused: 'Send each request with an Idempotency-Key of its own, and the same request with the same key.',
  rate_limited: 'Wait as long as `Retry-After` says, and send fewer.',
  signature_refused:
    'Compare the secret, the signature scheme and the clocks of both sides. Sign the bytes that are sent. [Webhooks](webhooks.md) shows how.',
  internal: 'A fault of Countersign. Keep the log lines around it and report it.',
}

export function problemsReference(): string {
  const byCode: Readonly<Record<string, string>> = remedies
  const rows = Object.entries(problemKinds).map(
    ([code, { title, status, retry }]) =>
      `| \`${code}\` | ${title} | ${status} | ${retry ? 'yes' : 'no'} | ${byCode[code] ?? ''} |`,
  )
  const heads = [
    '| code | what it says | status | may pass by itself | what to do |',
    '| --- | --- | --- | --- | --- |',
  ]
  return [...heads, ...rows].join('\n')
}
