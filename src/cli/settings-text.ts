import { settingTable } from '../app/settings.ts';

/** The settings as help shows them, from their one table. */
export function settingsText(width: number): string {
  const lines = Object.values(settingTable).flatMap(setting => {
    const initial = setting.initial === null ? '' : ` (default ${setting.initial})`;
    return [`  ${setting.env}${initial}`, ...wrap(setting.about, Math.max(30, width - 6)).map(line => `      ${line}`)];
  });
  return `Settings (environment variables):\n${lines.join('\n')}\n`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, line];
}
