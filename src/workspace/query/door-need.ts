/** Words that may be the catalogue's though the engine has them too; whatever else is the catalogue's is refused without it. */
const WORDS =
  /pg_|information_schema|current_|session_user|\buser\b|\bversion\b|generate_series|unnest|::|\bcast\b|reg(class|type|proc)|json|quote_|\bformat\b|oid|\[/i;

/** Whether a text may mean something else with the catalogue than without it. */
export function mayNeedDoor(text: string): boolean {
  return WORDS.test(text);
}
