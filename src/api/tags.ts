// The parts of the API, as its reference groups them.

export const tags = {
  Workflows: 'Definitions and their versions.',
  Executions: 'Runs of workflows: start, follow, steer.',
  Approvals: 'What waits for people to agree.',
  Forms: 'What waits for people to fill in.',
  Drafts: 'Proposed runs in review.',
  Templates: 'Blueprints that are used, or run at once where a council has approved them.',
  Triggers: 'What starts executions by itself: schedules, webhooks, events.',
  Actions: 'What steps can do, and the packs that bring it.',
  Events: 'Events that come in, as CloudEvents.',
  Subscriptions: 'Webhooks that go out when something happens.',
  Secrets: 'Credentials that steps use and nobody reads.',
  Members: 'People of the tenant, their roles, and invitations.',
  Agents: 'Members that are programs, and their API keys.',
  Councils: 'Groups that decide by vote.',
  Absences: 'Who is out of office, and who decides meanwhile.',
  'Sign-in': 'Sessions of people: passwords, links, single sign-on.',
  Me: 'Who is asking, and their own API keys.',
  Settings: 'The tenant and its policies.',
  Audit: 'What happened, and the proof of it.',
  Stream: 'Live events.',
} as const satisfies Readonly<Record<string, string>>
