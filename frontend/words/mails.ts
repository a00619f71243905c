// The mails that the front end sends.

export interface Mail {
  readonly subject: string;
  readonly text: string;
}

export function confirmAddress(link: string): Mail {
  return {
    subject: 'Confirm your e-mail address for Taskwire',
    text: `Welcome to Taskwire.

Please confirm that this address is yours:

${link}

The link is good for one hour. If you did not sign up, ignore this mail: without the confirmation nobody can use the account.
`,
  };
}

export function newPassword(link: string): Mail {
  return {
    subject: 'A new password for Taskwire',
    text: `Somebody, we hope you, asked for a new password for the Taskwire account of this address.

Set it here:

${link}

The link is good for one hour, and once. If it was not you, ignore this mail: your password stays as it is.
`,
  };
}

export function alreadySignedUp(link: string): Mail {
  return {
    subject: 'You already have a Taskwire account',
    text: `Somebody, we hope you, tried to sign up for Taskwire with this address. It has an account already.

Sign in, or ask for a new password if you have lost yours:

${link}

If it was not you, ignore this mail: nothing has changed.
`,
  };
}
