/** What slugs are called: the console's table, in the reader's language. A slug is never shown as it is. */
import { me } from "./api";
import type { LabelKind } from "./types";
import { inWords } from "./wording";

/** "late_delivery" as "late delivery"; one that the console does not list reads as its words. */
export function label(kind: LabelKind, slug: string): string {
  return me.value?.labels[kind]?.[slug] ?? inWords(slug);
}

/** Whether a field holds slugs that the console has labels for. */
export const isLabelled = (field: string): field is LabelKind => field in (me.value?.labels ?? {});

/** Every slug of a field. */
export const slugsOf = (kind: LabelKind): string[] => Object.keys(me.value?.labels[kind] ?? {});
