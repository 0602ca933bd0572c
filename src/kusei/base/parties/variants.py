"""異体字 as searches see them: each with the common form it is looked up under. For searching only: a name is kept and printed as registered.

Pairs are of 人名用漢字 and 常用漢字 with their old and popular forms (旧字体・俗字; 戸籍統一文字 treats them as variants of each other).
"""

from unicodedata import normalize

PAIRS = (
    "髙高 﨑崎 嵜崎 碕崎 邊辺 邉辺 齋斎 齊斉 澤沢 嶋島 嶌島 廣広 國国 濱浜 濵浜 瀨瀬 櫻桜 眞真 惠恵 榮栄 龍竜 瀧滝 藏蔵 藪薮 冨富 桒桑 栁柳 德徳 靜静 豐豊 "
    "圓円 學学 與与 條条 壽寿 淺浅 渕淵 渊淵 萬万 曾曽 槇槙 𠮷吉 鷗鴎 鄕郷 鄉郷 穗穂 來来 傳伝 兒児 彌弥 樂楽 總総 聰聡 舘館 舩船 莊荘 藝芸 禮礼 祿禄 "
    "鐵鉄 關関 淸清 黑黒 增増 橫横 寬寛 巖巌 恆恒 曉暁 氣気 爲為 狹狭 敎教 晝昼 燒焼 畑畠 當当 發発 絲糸 緖緒 薰薫 蘆芦 衞衛 鹽塩 "
)
POPULAR = {pair[0]: pair[1] for pair in PAIRS.split()}
COMPATIBLE = {
    chr(code): POPULAR.get(normalize("NFKC", chr(code)), normalize("NFKC", chr(code)))
    for code in range(0xF900, 0xFADA)
    if normalize("NFKC", chr(code)) != chr(code)
}
"""The compatibility ideographs (U+FA19 神), which Unicode itself says are other forms of one common character."""
TABLE = COMPATIBLE | POPULAR
VARIANTS, BASES = "".join(TABLE), "".join(TABLE.values())
SELECTORS = "".join(map(chr, [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE0120)]))
"""Variation selectors (異体字セレクタ): those of Unicode, and the first 32 ideographic ones, which is more than any character of a name has."""
