import type { ChecklistSlot } from '../../../web/sending/rules.ts';

const item = (
  id: string,
  label: string,
  required: boolean,
  rules: Partial<ChecklistSlot['rules']> = {},
): ChecklistSlot => ({ id, label, required, rules: { allowedTypes: [], ...rules } });

export const sampleChecklist: ChecklistSlot[] = [
  item('itm_1', '納税証明書（法人税・消費税、3か月以内に発行されたもの）', true, {
    allowedTypes: ['pdf'],
    maxFiles: 2,
    maxFileBytes: 10 * 1024 ** 2,
  }),
  item('itm_2', '登記事項証明書', true),
  item('itm_3', '会社案内', false, { allowedTypes: ['pdf', 'docx'] }),
];

/** Blank ones, to fetch. */
export const sampleForms = [
  { id: 'frm_1', name: '提出届（様式第1号）.docx', sizeBytes: 48_200 },
  { id: 'frm_2', name: '記入例.pdf', sizeBytes: 1_204_000 },
];
