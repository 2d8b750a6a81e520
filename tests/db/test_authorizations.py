"""Authorizations: stored encrypted, renewed by one at a time, parked with their channels."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from mye_tiktok.db import authorizations, channels
from mye_tiktok.db.cipher import TokenCipher, new_key
from mye_tiktok.db.database import Database
from mye_tiktok.errors import NeedsPersonError, WrongSettingsError
from tests.db.conftest import KEY
from tests.db.samples import DAY, MINUTE, NOON, a_channel, a_grant, an_authorization


def test_a_grant_comes_back_as_it_was_given(database: Database) -> None:
    stored = an_authorization(database)

    with database.reading() as session:
        found = authorizations.get(session, stored.authorization_id)

    assert found == stored
    assert found.grant == a_grant()
    assert (found.app_key, found.state, found.generation) == ("app-1", "active", 1)


def test_the_tokens_are_not_readable_in_the_table(database: Database) -> None:
    an_authorization(database)

    with database.reading() as session:
        row = str(session.execute(text("SELECT * FROM authorizations")).one())

    assert "access-first" not in row
    assert "refresh-first" not in row


def test_the_same_seller_again_renews_what_he_has(database: Database) -> None:
    first = an_authorization(database)
    with database.transaction() as session:
        authorizations.park(session, first.authorization_id, reason="revoked", now=NOON)

    with database.transaction() as session:
        second = authorizations.save_grant(session, "app-1", a_grant("second"), now=NOON + DAY)
        other_app = authorizations.save_grant(session, "app-2", a_grant("other"), now=NOON)

    assert second.authorization_id == first.authorization_id != other_app.authorization_id
    assert (second.grant.access_token, second.state, second.reason) == ("access-second", "active", "")
    assert second.generation == 2


def test_an_authorization_that_is_not_there_needs_a_person(database: Database) -> None:
    with database.reading() as session, pytest.raises(NeedsPersonError, match="99"):
        authorizations.get(session, 99)


def test_of_many_that_want_to_renew_one_may(database: Database) -> None:
    stored = an_authorization(database)

    def claim(number: int) -> bool:
        with database.transaction() as session:
            return authorizations.claim_renewal(
                session, stored.authorization_id, generation=1, holder=f"host:{number}", now=NOON, lease=MINUTE
            )

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(claim, range(8))) == 1


def test_a_claim_that_ran_out_is_free_and_a_renewed_generation_is_not(database: Database) -> None:
    stored = an_authorization(database)
    key, generation = stored.authorization_id, stored.generation
    with database.transaction() as session:
        assert authorizations.claim_renewal(session, key, generation=generation, holder="a", now=NOON, lease=MINUTE)
        later = NOON + 2 * MINUTE
        assert authorizations.claim_renewal(session, key, generation=generation, holder="b", now=later, lease=MINUTE)

        renewed = authorizations.store_renewal(session, key, a_grant("b", at=later), holder="b", now=later)

        assert renewed.generation == generation + 1
        assert not authorizations.claim_renewal(session, key, generation=1, holder="c", now=later, lease=MINUTE)
        assert authorizations.claim_renewal(session, key, generation=2, holder="c", now=later, lease=MINUTE)


def test_a_claim_given_back_is_free_but_only_its_holder_gives_it_back(database: Database) -> None:
    key = an_authorization(database).authorization_id
    with database.transaction() as session:
        authorizations.claim_renewal(session, key, generation=1, holder="a", now=NOON, lease=MINUTE)
        authorizations.release_renewal(session, key, holder="b")
        assert not authorizations.claim_renewal(session, key, generation=1, holder="c", now=NOON, lease=MINUTE)

        authorizations.release_renewal(session, key, holder="a")

        assert authorizations.claim_renewal(session, key, generation=1, holder="c", now=NOON, lease=MINUTE)


def test_later_tokens_are_kept_even_when_the_claim_was_lost_meanwhile(database: Database) -> None:
    """A took too long, B claimed, was refused by TikTok because A had renewed, and parked everything."""
    stored = an_authorization(database)
    channel = a_channel(database, stored)
    with database.transaction() as session:
        authorizations.park(session, stored.authorization_id, reason="refused", now=NOON)

        kept = authorizations.store_renewal(
            session, stored.authorization_id, a_grant("late", at=NOON + DAY), holder="a", now=NOON
        )

        assert (kept.grant.access_token, kept.state) == ("access-late", "active")
        assert channels.get(session, channel.channel_uid).state == "active"


def test_older_tokens_never_replace_later_ones_of_somebody_else(database: Database) -> None:
    stored = an_authorization(database)
    with database.transaction() as session:
        kept = authorizations.store_renewal(
            session, stored.authorization_id, a_grant("old", at=NOON - DAY), holder="a", now=NOON
        )

    assert kept == stored


def test_a_renewal_that_leaves_out_the_seller_keeps_who_he_is(database: Database) -> None:
    stored = an_authorization(database)
    grant = a_grant("new", at=NOON + DAY)
    bare = type(grant)(
        access_token=grant.access_token,
        access_token_expires_at=grant.access_token_expires_at,
        refresh_token=grant.refresh_token,
        refresh_token_expires_at=grant.refresh_token_expires_at,
        open_id=grant.open_id,
    )

    with database.transaction() as session:
        kept = authorizations.store_renewal(session, stored.authorization_id, bare, holder="a", now=NOON)

    assert kept.grant.seller_name == stored.grant.seller_name
    assert kept.grant.granted_scopes == stored.grant.granted_scopes


def test_a_parked_authorization_takes_its_channels_along(database: Database) -> None:
    mine, other = an_authorization(database), an_authorization(database, open_id="seller-2")
    a_channel(database, mine, uid="uid-1", shop_id="1")
    a_channel(database, mine, uid="uid-2", shop_id="2")
    a_channel(database, other, uid="uid-3", shop_id="3")

    with database.transaction() as session:
        authorizations.park(session, mine.authorization_id, reason="the seller revoked it", now=NOON)
        parked = {channel.channel_uid: (channel.state, channel.reason) for channel in channels.list_all(session)}
        state = authorizations.get(session, mine.authorization_id).state

    reason = "the seller revoked it"
    assert parked == {"uid-1": ("parked", reason), "uid-2": ("parked", reason), "uid-3": ("active", "")}
    assert state == "parked"


def test_a_removed_authorization_has_no_tokens_any_more(database: Database) -> None:
    stored = an_authorization(database)
    a_channel(database, stored)

    with database.transaction() as session:
        authorizations.remove(session, stored.authorization_id, now=NOON)
        found = authorizations.get(session, stored.authorization_id)
        states = [channel.state for channel in channels.list_all(session)]
        late = authorizations.store_renewal(
            session, stored.authorization_id, a_grant("late", at=NOON + DAY), holder="a", now=NOON
        )

    assert (found.state, found.grant.access_token, found.grant.refresh_token) == ("removed", "", "")
    assert states == ["removed"]
    assert late == found


def test_rekeying_moves_every_token_to_the_newest_key(database: Database, database_url: str) -> None:
    stored, key = an_authorization(database), new_key()
    rotating = Database(database_url, cipher=TokenCipher([key, KEY]))
    with rotating.transaction() as session:
        assert authorizations.rekey(session) == 1
    rotating.close()

    renewed = Database(database_url, cipher=TokenCipher([key]))
    with renewed.reading() as session:
        assert authorizations.get(session, stored.authorization_id) == stored
    renewed.close()
    with pytest.raises(WrongSettingsError, match="TOKEN_KEY"), database.reading() as session:
        authorizations.get(session, stored.authorization_id)


def test_without_a_key_tokens_are_neither_stored_nor_read(database: Database, database_url: str) -> None:
    an_authorization(database)
    keyless = Database(database_url)

    with pytest.raises(WrongSettingsError, match="key"), keyless.reading() as session:
        authorizations.list_all(session)
    keyless.close()
