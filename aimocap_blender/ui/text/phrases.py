"""Translation of texts by their templates. Doesn't use Blender."""

from collections.abc import Mapping

from ...texts.text import Sentence, Text, filled


class Phrases:
    """Messages of one language: English to a translation, both with the same fields if they have any."""

    def __init__(self, messages: Mapping[str, str]) -> None:
        """Keep the messages."""
        self._messages = messages

    def translated(self, text: Sentence) -> str:
        """Return the text with every template in it translated; unknown ones and other values stay unchanged."""
        whole = Text.of(text)
        said = self._said(whole.template)
        if not whole.values:
            return said
        values = {name: self.translated(one) if isinstance(one, Text) else one for name, one in whole.values.items()}
        return filled(said, values)

    def _said(self, template: str) -> str:
        """Return a template's translation, also where a message's first letter is capitalized; itself if unknown."""
        if template in self._messages:
            return self._messages[template]
        # a part of a sentence may stand at its beginning, too
        within = self._messages.get(template[:1].lower() + template[1:])
        return template if within is None else capitalised(within)


def capitalised(text: str) -> str:
    """Return the text with its first letter capitalized and the others unchanged."""
    return text[:1].upper() + text[1:]
