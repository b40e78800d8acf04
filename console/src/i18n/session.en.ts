import type { session as ru } from './session.ru';

export const session: typeof ru = {
  menu: 'You are signed in as {{name}}',
  role: { operator: 'operator', supervisor: 'supervisor', administrator: 'administrator' },
  seat: 'seat {{seat}}', phone_web: 'phone in the page', phone_desk: 'desk phone', no_seat: 'no seat: no calls come',
  microphone: 'Microphone and sound', password: 'Change password', accounts: 'Accounts', audit: 'Audit',
  sign_out: 'Sign out', in_talk: 'End the talk first: signing out would cut it',
  password_form: {
    title: 'Change password', must: 'The password must be changed', must_long: 'The administrator gave this password. Make one of your own: nobody will know it.',
    old: 'Present password', new: 'New password', again: 'New password again', hint: 'Ten characters or more. Four words in a row are better than one difficult word.',
    differ: 'The two differ', save: 'Change', saved: 'Password changed. You are signed out everywhere else.',
  },
  failure: {
    wrong_password: 'That is not the present password', weak_password: 'Too simple: take a longer one', locked: 'Too many attempts. Wait, then try again.',
    exists: 'That name is taken', last_administrator: 'This is the last administrator: appoint another first',
    full: 'There is no room for more accounts', gone: 'This account is not there any more', unknown_seat: 'The PBX has no such seat',
    no_permission: 'You may not do this', link: 'No link to the service. Nothing was changed.', other: 'It did not work: {{code}}',
  },
  accounts_page: {
    title: 'Accounts', loading: 'Reading the accounts…', denied: 'Accounts are the administrator\'s.',
    add: 'Add', name: 'Name to sign in with', name_help: 'small Latin letters and digits, such as asaparova', display_name: 'Full name', roles: 'Roles',
    seat: 'Seat', no_seat: 'no seat', phone: 'Phone', web: 'in the page', desk: 'on the desk', language: 'Language', state: 'State',
    active: 'may sign in', disabled: 'disabled', no_password: 'has not signed in yet', must_change: 'changes the password at sign-in',
    disable: 'Disable', enable: 'Enable', link: 'One-time link', sign_out: 'End sessions', save: 'Save', cancel: 'Cancel', change: 'Change',
    link_long: 'Hand this link to {{name}} in person. It signs in once, within 15 minutes, and asks for a password. It is not shown again.',
    copy: 'Copy', copied: 'Copied', signed_out: 'Sessions ended', you: 'this is you', choose_role: 'choose a role', empty: 'No accounts yet',
  },
  audit_page: {
    does: {
      signed_in: 'signed in', signed_out: 'signed out', refused: 'not let in: wrong name or password', denied: 'no permission', password_changed: 'changed the password',
      link_made: 'made a one-time link', link_set_up: 'first sign-in by link', link_password: 'set a password by link', link_sign_in: 'signed in by link',
      account_added: 'added an account', account_changed: 'changed an account', sessions_ended: 'ended sessions', played: 'listened to a recording',
      played_last: 'listened to the last seconds', mode_changed: 'changed a mode', exported: 'exported',
    },
    title: 'Audit', loading: 'Reading the audit…', denied: 'The audit is for supervisors.', at: 'When', account: 'Who', action: 'What', object: 'Of what',
    address: 'From', more: 'Show earlier ones', end: 'No earlier entries', empty: 'No entries yet: sign-ins, playbacks and changes appear here',
    nobody: 'not signed in', search: 'Who, what, of what',
  },
};
