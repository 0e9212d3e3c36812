import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeNoise } from './support/files.ts';
import { sampleLinkOf, shownHashes } from './support/request.ts';
import { setStage } from './support/stage.ts';
import { status } from './support/visitor.ts';

const stage = setStage();

const withoutScript = (language: 'en-GB' | 'ja-JP', width = 1280) =>
  stage.welcome({
    javaScriptEnabled: false,
    locale: language,
    viewport: { width, height: 800 },
  });

const words = {
  'en-GB': {
    name: 'Your name',
    files: 'Files to send',
    send: 'Send',
    receipt: 'Receipt',
    problem: 'Please fill this in.',
    again: 'choose your files again',
    refused: 'Not taken',
    other: '日本語',
    finish: 'Finish with this file',
  },
  'ja-JP': {
    name: 'お名前',
    files: '送るファイル',
    send: '送信する',
    receipt: '受取証',
    problem: '入力してください。',
    again: 'ファイルをもう一度選択してください',
    refused: '受け取れなかったもの',
    other: 'English',
    finish: 'この1ファイルで完了する',
  },
} as const;

test.each(['en-GB', 'ja-JP'] as const)('the whole way to the receipt, in %s', async (language) => {
  const say = words[language];
  const small = join(stage.folder, `報告 ${language}.txt`);
  const large = join(stage.folder, `large ${language}.bin`);
  const hashes = [await writeNoise(small, 5000), await writeNoise(large, 80 * 1024 * 1024)];
  const visitor = await withoutScript(language, language === 'ja-JP' ? 360 : 1280);
  const { page } = visitor;
  await page.goto(sampleLinkOf(stage.product));
  for (const hidden of ['#folder', '#camera', '.drop-words'])
    expect(await page.locator(hidden).isVisible()).toBe(false);
  await page.getByLabel(say.name).first().fill('山田 太郎');
  await page.getByLabel(say.files).setInputFiles([small, large]);
  await page.getByRole('button', { name: say.send, exact: true }).click();
  await page.getByRole('heading', { level: 1, name: say.receipt }).waitFor({ timeout: 60_000 });
  expect((await shownHashes(page)).slice(0, 2).toSorted()).toEqual(hashes.toSorted());
  await visitor.leave();
});

test.each(['en-GB', 'ja-JP'] as const)(
  'a name that was only spaces is asked for again, with all else as it was typed, in %s',
  async (language) => {
    const say = words[language];
    const path = join(stage.folder, `again ${language}.txt`);
    await writeNoise(path, 10);
    const visitor = await withoutScript(language);
    const { page } = visitor;
    await page.goto(sampleLinkOf(stage.product));
    // What is plainly empty the browser itself asks for.
    await page.getByRole('button', { name: say.send, exact: true }).click();
    expect(page.url()).toBe(sampleLinkOf(stage.product));
    await page.locator('#plain-message').fill('<b> & "two"\nlines');
    await page.getByLabel(say.name).first().fill('　');
    await page.getByLabel(say.files).setInputFiles(path);
    visitor.expectTrouble(status(422));
    await page.getByRole('button', { name: say.send, exact: true }).click();
    await page.locator('#plain-name-problem').waitFor();
    // There and back: whoever can't read what is wrong changes the language.
    await page.getByRole('button', { name: say.other }).click();
    await page.getByRole('button', { name: language === 'ja-JP' ? '日本語' : 'English' }).click();
    expect(await page.locator('#plain-name-problem').innerText()).toBe(say.problem);
    expect(await page.getByRole('alert').first().innerText()).toContain(say.again);
    expect(await page.locator('#plain-message').inputValue()).toBe('<b> & "two"\nlines');
    await page.getByLabel(say.name).first().fill('Hanako');
    await page.getByLabel(say.files).setInputFiles(path);
    await page.getByRole('button', { name: say.send, exact: true }).click();
    await page.getByRole('heading', { level: 1, name: say.receipt }).waitFor({ timeout: 30_000 });
    await visitor.leave();
  },
);

test.each(['en-GB', 'ja-JP'] as const)(
  'of a file that is refused the reason is told, and what arrived is finished with, in %s',
  async (language) => {
    const say = words[language];
    const link = await stage.askFor({
      title: `Reports ${language}`,
      allowedTypes: 'txt',
    });
    const paths = ['good.txt', 'bad.exe'].map((name) => join(stage.folder, `${language} ${name}`));
    for (const path of paths) await writeFile(path, 'some text');
    const visitor = await withoutScript(language, 360);
    const { page } = visitor;
    await page.goto(link);
    await page.getByLabel(say.name).first().fill('Hanako');
    await page.getByLabel(say.files).setInputFiles(paths);
    visitor.expectTrouble(status(422));
    await page.getByRole('button', { name: say.send, exact: true }).click();
    await page.getByRole('heading', { name: say.refused }).waitFor();
    expect(await page.locator('.item-refused').innerText()).toContain('.txt');
    expect(await page.locator('.item-arrived').innerText()).toContain('good.txt');
    const other = language === 'ja-JP' ? words['en-GB'] : words['ja-JP'];
    await page.getByRole('button', { name: say.other }).click();
    await page.getByRole('heading', { name: other.refused }).waitFor();
    expect(await page.locator('.item-refused').innerText()).toContain('bad.exe');
    await page.getByRole('button', { name: other.other }).click();
    await page.getByRole('heading', { name: say.refused }).waitFor();
    // Who opens the link again comes back to it.
    await page.goto(link);
    await page.locator('.alert-warning a').click();
    await page.getByRole('button', { name: say.finish }).click();
    await page.getByRole('heading', { level: 1, name: say.receipt }).waitFor({ timeout: 30_000 });
    expect(await page.content()).not.toContain('bad.exe');
    await visitor.leave();
  },
);

test('a change of the language keeps what was typed and says that files are not kept; Enter sends, and changes nothing', async () => {
  const path = join(stage.folder, 'typed.txt');
  await writeNoise(path, 10);
  const visitor = await withoutScript('en-GB', 360);
  const { page } = visitor;
  await page.goto(sampleLinkOf(stage.product));
  await page.locator('#plain-name').fill('山田 太郎');
  await page.locator('#plain-message').fill('two\nlines');
  await page.getByLabel('Files to send').setInputFiles(path);
  await page.getByRole('button', { name: '日本語' }).click();
  await page.locator('html[lang=ja]').waitFor();
  expect(await page.locator('.alert-warning').innerText()).toContain('ファイルをもう一度選択してください');
  expect(await page.locator('#plain-name').inputValue()).toBe('山田 太郎');
  expect(await page.locator('#plain-message').inputValue()).toBe('two\nlines');
  await page.getByLabel('送るファイル').setInputFiles(path);
  await page.locator('#plain-name').press('Enter');
  await page.getByRole('heading', { level: 1, name: '受取証' }).waitFor({ timeout: 30_000 });
  await visitor.leave();
});
