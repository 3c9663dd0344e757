"""The environment: what a process may start with, and every reason why it may not."""

import pytest

from bench.outbound import HOSTILE
from shared.config import NEEDS, PRODUCTION_BASES, Config
from shared.errors import ConfigError

KEY = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
CLOUD = {"GOOGLE_CLOUD_PROJECT": "aurora-prod", "K_SERVICE": "metrics"}
LOCAL = {"GOOGLE_CLOUD_PROJECT": "demo-aurora", "FIRESTORE_EMULATOR_HOST": "127.0.0.1:8080"}
SECRETS = {
    "PERFORMANCE_ENCRYPTION_KEY": KEY,
    "GEMINI_API_KEY": "made-up-gemini-key",
    "SMTP_URL": "smtps://robot:made-up-password@mail.aurora.example:465",
}
EMULATORS = ("FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST", "FIREBASE_AUTH_EMULATOR_HOST")


def refusal(env: dict[str, str], door: str | None = None) -> str:
    with pytest.raises(ConfigError) as raised:
        Config.from_env(env, door)
    return str(raised.value)


def test_a_deployment_needs_no_more_than_its_project() -> None:
    config = Config.from_env(CLOUD)

    assert config.project == "aurora-prod"
    assert not config.local
    assert not config.unsigned_tokens
    assert config.bases == PRODUCTION_BASES


def test_the_project_may_have_its_older_name() -> None:
    assert Config.from_env({"GCLOUD_PROJECT": "aurora-prod"}).project == "aurora-prod"


@pytest.mark.parametrize("env", [{}, {"GOOGLE_CLOUD_PROJECT": ""}])
def test_a_project_is_required(env: dict[str, str]) -> None:
    assert refusal(env) == "GOOGLE_CLOUD_PROJECT is missing"


@pytest.mark.parametrize(("door", "name"), [(door, name) for door, names in NEEDS.items() for name in names])
def test_a_door_is_refused_what_it_needs_being_absent(door: str, name: str) -> None:
    env = CLOUD | SECRETS | {"MAIL_FROM": "war-room@aurora.example"}
    del env[name]

    assert refusal(env, door) == f"{name} is missing"


@pytest.mark.parametrize(("door", "name"), [(door, name) for door, names in NEEDS.items() for name in names])
def test_an_empty_value_is_an_absent_one(door: str, name: str) -> None:
    env = CLOUD | SECRETS | {"MAIL_FROM": "war-room@aurora.example"}

    assert refusal(env | {name: ""}, door) == f"{name} is missing"


@pytest.mark.parametrize(
    ("door", "needs"),
    [
        ("metrics", ()),
        ("validate", ()),
        ("anomalies", ()),
        ("schedule", ()),
        ("sentry", ()),
        ("answer", ()),
        ("sweep", ()),
        ("ingest", ("PERFORMANCE_ENCRYPTION_KEY",)),
        ("enrich", ("GEMINI_API_KEY",)),
        ("notify", ("PERFORMANCE_ENCRYPTION_KEY", "SMTP_URL", "MAIL_FROM")),
        ("notifications", ("PERFORMANCE_ENCRYPTION_KEY", "SMTP_URL", "MAIL_FROM")),
    ],
)
def test_a_door_is_given_no_secret_that_it_does_not_need(door: str, needs: tuple[str, ...]) -> None:
    assert NEEDS[door] == needs


def test_all_mistakes_are_told_at_once() -> None:
    told = refusal(
        {
            "FIRESTORE_EMULATOR_HOST": "127.0.0.1:8080",
            "MOCK_MODE": "yes",
            "META_GRAPH_BASE": "http://127.0.0.1:9000",
            "SLACK_BASE": "http://127.0.0.1:9000",
            "MAIL_FROM": "a\nBcc: b",
        },
        "notify",
    )

    for mistake in (
        "GOOGLE_CLOUD_PROJECT is missing",
        "FIRESTORE_EMULATOR_HOST: emulators are for demo- projects outside Cloud Run",
        "PERFORMANCE_ENCRYPTION_KEY is missing",
        "SMTP_URL is missing",
        "MOCK_MODE must be on or off",
        "MAIL_FROM must be one line",
        "META_GRAPH_BASE may only be set in a local run",
        "SLACK_BASE may only be set in a local run",
    ):
        assert mistake in told


@pytest.mark.parametrize("name", EMULATORS)
@pytest.mark.parametrize("service", ["metrics", ""])
def test_an_emulator_is_refused_on_cloud_run(name: str, service: str) -> None:
    env = {"GOOGLE_CLOUD_PROJECT": "demo-aurora", "K_SERVICE": service, name: "127.0.0.1:8080"}

    assert refusal(env) == f"{name}: emulators are for demo- projects outside Cloud Run"


@pytest.mark.parametrize("name", EMULATORS)
@pytest.mark.parametrize("project", ["aurora-prod", "Demo-aurora", "a-demo-aurora", "demo"])
def test_an_emulator_is_refused_for_a_project_that_is_no_demo(name: str, project: str) -> None:
    env = {"GOOGLE_CLOUD_PROJECT": project, name: "127.0.0.1:8080"}

    assert refusal(env) == f"{name}: emulators are for demo- projects outside Cloud Run"


def test_every_emulator_out_of_place_is_named() -> None:
    told = refusal(CLOUD | dict.fromkeys(EMULATORS, "127.0.0.1:8080"))

    assert told.startswith("FIRESTORE_EMULATOR_HOST, PUBSUB_EMULATOR_HOST, FIREBASE_AUTH_EMULATOR_HOST: ")


def test_unsigned_tokens_are_taken_with_the_auth_emulator() -> None:
    assert Config.from_env(LOCAL | {"FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:9099"}).unsigned_tokens


def test_unsigned_tokens_are_not_taken_with_other_emulators_alone() -> None:
    assert not Config.from_env(LOCAL).unsigned_tokens


@pytest.mark.parametrize("project", ["demo-aurora", "aurora-prod"])
def test_a_project_without_emulators_is_no_local_run(project: str) -> None:
    assert not Config.from_env({"GOOGLE_CLOUD_PROJECT": project}).local


@pytest.mark.parametrize("name", PRODUCTION_BASES)
def test_another_base_is_refused_in_production(name: str) -> None:
    assert refusal(CLOUD | {name: "http://127.0.0.1:9000"}) == f"{name} may only be set in a local run"


@pytest.mark.parametrize("name", PRODUCTION_BASES)
def test_another_base_is_refused_for_a_demo_project_without_emulators(name: str) -> None:
    env = {"GOOGLE_CLOUD_PROJECT": "demo-aurora", name: "http://127.0.0.1:9000"}

    assert refusal(env) == f"{name} may only be set in a local run"


@pytest.mark.parametrize("name", PRODUCTION_BASES)
def test_the_production_base_itself_may_be_said_anywhere(name: str) -> None:
    assert Config.from_env(CLOUD | {name: PRODUCTION_BASES[name]}).bases == PRODUCTION_BASES


@pytest.mark.parametrize("name", PRODUCTION_BASES)
def test_a_local_run_may_have_its_own_platforms(name: str) -> None:
    config = Config.from_env(LOCAL | {name: "http://127.0.0.1:9000/base"})

    assert config.bases == PRODUCTION_BASES | {name: "http://127.0.0.1:9000/base"}


@pytest.mark.parametrize("url", HOSTILE)
def test_a_local_run_refuses_a_base_on_another_machine(url: str) -> None:
    assert refusal(LOCAL | {"META_GRAPH_BASE": url}) == "META_GRAPH_BASE must be on this machine"


@pytest.mark.parametrize("name", ["META_GRAPH_BASE", "SMTP_URL"])
def test_an_address_that_does_not_parse_is_one_mistake_among_others(name: str) -> None:
    told = refusal(LOCAL | {name: "http://[::1", "MOCK_MODE": "yes"})

    assert name in told
    assert "MOCK_MODE must be on or off" in told


@pytest.mark.parametrize("mode", ["ON", "true", "1", "offf", ""])
def test_mock_mode_is_on_or_off_to_the_letter(mode: str) -> None:
    assert refusal(CLOUD | {"MOCK_MODE": mode}) == "MOCK_MODE must be on or off"


@pytest.mark.parametrize(
    ("env", "mock"), [({}, True), ({"MOCK_MODE": "on"}, True), ({"MOCK_MODE": "off"}, False)]
)
def test_mock_mode_is_on_until_switched_off(env: dict[str, str], mock: bool) -> None:
    assert Config.from_env(CLOUD | env).mock is mock


@pytest.mark.parametrize("url", ["smtp://mail.aurora.example:25", "https://mail.aurora.example", "mail"])
def test_mail_in_the_clear_is_refused_in_production(url: str) -> None:
    assert refusal(CLOUD | {"SMTP_URL": url}) == "SMTP_URL must be smtps://user:password@host:port"


def test_mail_in_the_clear_is_for_local_runs() -> None:
    config = Config.from_env(LOCAL | {"SMTP_URL": "smtp://127.0.0.1:2525"})

    assert config.smtp_url is not None
    assert config.smtp_url.reveal() == "smtp://127.0.0.1:2525"


@pytest.mark.parametrize("sender", ["a@b.example\nBcc: c@d.example", "a@b.example\r", "\na@b.example"])
def test_a_senders_address_is_one_line(sender: str) -> None:
    assert refusal(CLOUD | {"MAIL_FROM": sender}) == "MAIL_FROM must be one line"


def test_origins_are_a_list_of_exact_names() -> None:
    config = Config.from_env(CLOUD | {"ALLOWED_ORIGINS": "https://a.example,https://b.example,"})

    assert config.allowed_origins == {"https://a.example", "https://b.example"}


def test_without_origins_no_browser_of_another_site_may_read() -> None:
    assert Config.from_env(CLOUD).allowed_origins == frozenset()


@pytest.mark.parametrize("origin", ["null", "*"])
def test_an_origin_that_stands_for_many_is_refused(origin: str) -> None:
    """Any sandboxed page and any local file calls itself null."""
    assert "ALLOWED_ORIGINS" in refusal(CLOUD | {"ALLOWED_ORIGINS": f"https://a.example,{origin}"})


def test_secrets_are_held_as_secrets() -> None:
    config = Config.from_env(CLOUD | SECRETS)

    held = [config.encryption_key, config.gemini_key, config.smtp_url]
    assert [secret.reveal() for secret in held if secret] == list(SECRETS.values())


def test_a_config_shows_no_secret() -> None:
    shown = repr(Config.from_env(CLOUD | SECRETS))

    assert not [secret for secret in SECRETS.values() if secret in shown]


def test_a_refusal_shows_no_secret() -> None:
    env = SECRETS | {"SMTP_URL": "smtp://robot:made-up-password@mail.aurora.example", "MOCK_MODE": "yes"}

    told = refusal(env)

    assert "SMTP_URL" in told
    assert not [secret for secret in (KEY, "made-up-gemini-key", "made-up-password") if secret in told]


def test_a_mail_address_that_cannot_be_read_is_refused_without_its_password() -> None:
    env = CLOUD | {"SMTP_URL": "smtps://robot:made-up-password\u2100@mail.aurora.example:465"}

    assert "made-up-password" not in refusal(env)


def test_master_keys_may_be_a_pinned_version_in_secret_manager() -> None:
    version = "projects/aurora-prod/secrets/master-keys/versions/3"
    config = Config.from_env(CLOUD | {"PERFORMANCE_ENCRYPTION_KEY": version}, "ingest")

    assert (config.encryption_key, config.encryption_key_version) == (None, version)


@pytest.mark.parametrize("version", ["latest", "0", "-1", "03", "1/x", "", "٣"])
def test_a_version_that_could_change_is_refused(version: str) -> None:
    name = f"projects/aurora-prod/secrets/master-keys/versions/{version}"

    assert (
        refusal(CLOUD | {"PERFORMANCE_ENCRYPTION_KEY": name})
        == "PERFORMANCE_ENCRYPTION_KEY must name a version by its number"
    )


@pytest.mark.parametrize("name", ["EVENT_AUDIENCE", "EVENT_SENDER"])
def test_half_of_what_events_are_checked_by_is_refused(name: str) -> None:
    assert refusal(CLOUD | {name: "x"}) == "EVENT_AUDIENCE and EVENT_SENDER go together"


def test_messages_lead_to_the_projects_own_hosting_unless_told_elsewhere() -> None:
    assert Config.from_env(CLOUD).dashboard == "https://aurora-prod.web.app"
    named = Config.from_env(CLOUD | {"DASHBOARD_URL": "https://war-room.aurora.example/app"})
    assert named.dashboard == "https://war-room.aurora.example/app"
    assert Config.from_env(LOCAL | {"DASHBOARD_URL": "http://127.0.0.1:8000"}).dashboard


@pytest.mark.parametrize(
    "url",
    [
        *("http://aurora.example", "http://127.0.0.1:8000", "javascript:alert(1)", "aurora.example"),
        *(
            "https://aurora.example/?a=1",
            "https://aurora.example/#x",
            "https://a b",
            "https://u:p@aurora.example",
        ),
    ],
)
def test_a_dashboard_is_an_https_address_without_a_query(url: str) -> None:
    assert refusal(CLOUD | {"DASHBOARD_URL": url}) == "DASHBOARD_URL must be an https address without a query"


def test_gemini_may_be_asked_on_vertex_ai_without_a_key() -> None:
    config = Config.from_env(CLOUD | {"GEMINI_VERTEX_LOCATION": "europe-west1"}, "enrich")

    assert (config.gemini_key, config.vertex_location) == (None, "europe-west1")


def test_two_ways_to_gemini_are_one_too_many() -> None:
    env = CLOUD | {"GEMINI_VERTEX_LOCATION": "global", "GEMINI_API_KEY": "made-up-gemini-key"}

    assert refusal(env, "enrich") == "GEMINI_API_KEY and GEMINI_VERTEX_LOCATION exclude each other"


@pytest.mark.parametrize("location", ["evil.example/", "a", "Europe", "eu-\n", "evil.example#"])
def test_a_location_becomes_no_other_host(location: str) -> None:
    told = refusal(CLOUD | {"GEMINI_VERTEX_LOCATION": location})

    assert told == "GEMINI_VERTEX_LOCATION must be a location such as europe-west1"


def test_what_insights_may_cost_has_a_limit_of_its_own() -> None:
    config = Config.from_env(CLOUD | {"INSIGHT_DAILY_CALLS": "0", "INSIGHT_DAILY_TOKENS": "50000"})

    assert (config.insight_calls, config.insight_tokens) == (0, 50_000)
    assert (Config.from_env(CLOUD).insight_calls, Config.from_env(CLOUD).insight_tokens) == (200, 1_000_000)


@pytest.mark.parametrize("name", ["INSIGHT_DAILY_CALLS", "INSIGHT_DAILY_TOKENS"])
@pytest.mark.parametrize("value", ["-1", "1.5", "many", "\u0663", "1e3", " 5"])
def test_a_limit_is_a_whole_number(name: str, value: str) -> None:
    assert refusal(CLOUD | {name: value}) == f"{name} must be a whole number"
