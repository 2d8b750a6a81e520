"""`mye-tiktok explain`."""

import json

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from mye_tiktok.cli.explain import register
from mye_tiktok.domain.stock_codes import CODES
from mye_tiktok.errors import RefusedError
from mye_tiktok.tiktok.error_codes import error_codes
from mye_tiktok.tiktok.explanation import explanation


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    register(app)
    return app


def test_a_code_is_explained_with_meaning_class_and_what_to_do(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["105005"])

    assert result.exit_code == 0
    assert "scope" in result.stdout
    assert "mye-tiktok auth url" in result.stdout


def test_json_is_one_document(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["12052260", "--json"])

    shown = json.loads(result.stdout)
    assert shown["code"] == 12052260
    assert shown["meaning"] == "product does not exist"
    assert "get_product" in shown["operations"]


def test_an_exit_code_of_ours_is_explained_too(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["77"])

    assert "mye-tiktok auth status" in result.stdout


def test_the_code_with_many_causes_sends_the_reader_to_the_message() -> None:
    assert "message" in explanation(36009004).action


def test_an_unknown_code_is_refused() -> None:
    with pytest.raises(RefusedError) as caught:
        explanation(424242)

    assert caught.value.exit_code == 65
    assert "424242" in caught.value.message


@given(st.sampled_from(sorted(error_codes())))
def test_every_documented_code_says_what_to_do(code: int) -> None:
    assert explanation(code).action


@pytest.mark.parametrize("word", sorted(CODES))
def test_our_own_words_are_explained(app: typer.Typer, word: str) -> None:
    result = CliRunner().invoke(app, [word])

    assert (result.exit_code, "meaning:" in result.stdout, "action:" in result.stdout) == (0, True, True)


def test_65_tells_of_the_guard_and_an_unknown_word_which_there_are() -> None:
    assert "guard" in explanation("65").meaning
    with pytest.raises(RefusedError) as caught:
        explanation("nonsense")
    assert "warehouse-missing" in caught.value.hint
