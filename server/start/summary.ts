import { relative } from 'node:path';
import type { Config } from '../config/config.ts';
import { receiverUrl } from './demo-receiver.ts';
import type { FirstAdministrator } from './provision.ts';

/** What a person needs to know after a start. */
export const summary = (
  config: Config,
  first: { administrator: FirstAdministrator | undefined; sampleLink: string | undefined },
): string => {
  const { origin } = config.publicUrl;
  const lines: [string, string][] = [
    ['Portal', origin],
    ['Staff sign-in', `${origin}/staff`],
  ];
  if (first.administrator !== undefined)
    lines.push([
      '',
      `login ${first.administrator.login}   password ${first.administrator.password}   (shown only this once)`,
    ]);
  if (first.sampleLink !== undefined) lines.push(['Sample request', first.sampleLink]);
  lines.push(['Imported files', relative(process.cwd(), config.importDir) || '.']);
  if (config.mode === 'demo')
    lines.push(['Demo receiver', `${receiverUrl(config)}   shows the webhooks that it was sent`]);
  const demo =
    config.mode === 'demo'
      ? [
          '',
          '  DEMO: files go to a stand-in for Nextcloud on this machine. Nothing here is a real Nextcloud.',
        ]
      : [];
  return [
    '',
    '  Uketori is running. Ctrl-C stops it.',
    ...demo,
    '',
    ...lines.map(([name, value]) => `  ${name.padEnd(16)}${value}`),
    '',
  ].join('\n');
};
