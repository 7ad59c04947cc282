import { settingTable } from '../app/settings.ts';
import { wrapWords } from './text-table.ts';

/** The settings as help shows them, from their one table. */
export function settingsText(width: number): string {
  const lines = Object.values(settingTable).flatMap(setting => {
    const initial = setting.initial === null ? '' : ` (default ${setting.initial})`;
    return [`  ${setting.env}${initial}`, ...wrapWords(setting.about, { width: Math.max(36, width), indent: 6 })];
  });
  return `Settings (environment variables):\n${lines.join('\n')}\n`;
}
