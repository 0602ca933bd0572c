"""What 手続ナビ hands the foundation: the way in from the portal's first page."""

from kusei.base.kernel.offers import Card, Offers

offers = Offers(
    module="life_events",
    cards=[
        Card(
            title={"ja": "手続きナビ", "ja-easy": "何を するか しらべる", "en": "What do I have to do?"},
            line={
                "ja": "引っ越し、出産、お悔やみ、退職など、質問に答えると必要な手続きの一覧と期限がわかります。",
                "ja-easy": "引っ越し、赤ちゃん、しごとを やめた とき など。質問に こたえると、する ことと いつまでかが わかります。",
                "en": "Moved, had a baby, lost somebody, left a job: answer a few questions and see what has to be done, and by when.",
            },
            url="/life",
            category="other",
        )
    ],
)
