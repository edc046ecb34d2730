"""How a set goes from a store so that it can be killed at any instant.

A copy of the manifest is put beside the folder as a mark, then the manifest is deleted: from then on there is no set,
and the mark still names what is to go. Then the files, the record in the history, and at last the mark. A prune that
finds a mark goes on from there. Whoever wants to use the set places a hold first and reads the manifest then; here the
manifest goes first and the holds are read then: one of the two sees the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.app.beside import holds_in, in_set
from planrun.app.sets import content
from planrun.app.surveying import mark_of
from planrun.core import hold as holds
from planrun.core import verification as verifications
from planrun.core.manifest import seal_of
from planrun.edges.backups import manifest as manifest_file
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from planrun.app.surveying import SurveyedSet
    from planrun.ports import Store


@frozen
class Outcome:
    """What came of it: whether the set is gone; why not; and what stayed in its folder because nobody named it."""

    gone: bool
    message: str = ""
    left: tuple[str, ...] = ()


def remove(store: Store, chosen: SurveyedSet, now: datetime, record: Callable[[], object]) -> Outcome:
    """Delete a set, or end a deletion that was begun; done twice, it does no more.

    Only what the manifest names goes, with the manifest, the verification and the holds.

    Args:
        store: where it lies.
        chosen: the set as it was when it was decided about; one that has changed since stays.
        now: by which holds are judged.
        record: writes into the history that it is gone; called before the mark goes.

    Raises:
        EnvironmentFault: the store refuses; the next prune goes on.
    """
    if chosen.visible and (stays := _hide(store, chosen, now)):
        return stays
    present = in_set(store, chosen.name)
    if manifest_file.NAME in present:
        return Outcome(gone=False, message="its manifest was put back meanwhile")
    if held := _held(store, chosen.name, present, now):
        give_back(store, chosen, present)
        return Outcome(gone=False, message=held)
    named = [file.path for file in chosen.files]
    ours = [path for path in present if path == verifications.NAME or holds.is_hold(path)]
    # All that are named, also those that are gone already: the folders that they lay in go with them.
    store.delete([f"{chosen.name}/{path}" for path in (*named, *ours)])
    left = tuple(sorted(in_set(store, chosen.name)))
    record()
    store.delete([mark_of(chosen.name)])
    return Outcome(gone=True, left=left)


def give_back(store: Store, chosen: SurveyedSet, present: Mapping[str, int]) -> bool:
    """Make a set of what is marked for deletion, if all its files are there; tell whether they are."""
    if manifest_file.NAME not in present:
        if any(present.get(file.path) != file.bytes for file in chosen.files):
            return False
        store.write(f"{chosen.name}/{manifest_file.NAME}", content(store, mark_of(chosen.name)))
    store.delete([mark_of(chosen.name)])
    return True


def _hide(store: Store, chosen: SurveyedSet, now: datetime) -> Outcome | None:
    """Mark a set and take its manifest away; return why it stays, if it does."""
    present = in_set(store, chosen.name)
    if manifest_file.NAME not in present:
        return Outcome(gone=False, message="somebody else is deleting it, or has")
    place = f"{chosen.name}/{manifest_file.NAME}"
    text = content(store, place)
    if seal_of(manifest_file.parse(text, place)) != chosen.seal:
        return Outcome(gone=False, message="it was changed since this was decided")
    if held := _held(store, chosen.name, present, now):
        return Outcome(gone=False, message=held)
    store.write(mark_of(chosen.name), text)
    store.delete([place])
    return None


def _held(store: Store, name: str, present: Mapping[str, int], now: datetime) -> str:
    return "; ".join(str(hold) for hold in holds_in(store, name, present) if hold.in_force(now))
