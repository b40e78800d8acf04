"""From settings to each adapter's own: what the service and the command line build from. Builds nothing that runs."""

from __future__ import annotations

from datetime import timedelta

from ivr.knowledge import Knowledge
from ivr.knowledge_file import SAMPLES, read_knowledge
from line102.assess import Assess
from line102.calls import OperatorId
from line102.config import PROJECT, Settings
from line102.errors import BadSetting
from line102.secrets_file import Secrets, read_or_make_secrets
from line102.targets import ShareTarget, Targets
from line102.web.oidc import Relying
from line102.web.oidc_client import OidcClient
from routing.model_files import SHIPPED as SHIPPED_MODEL
from routing.model_files import read_model
from routing.places.finder import PlaceFinder
from routing.places.gazetteer import Place, read_gazetteer, shipped_gazetteer
from routing.triage import Triage
from telephony.ami.settings import AmiSettings
from telephony.ari.settings import AriSettings
from telephony.embedded import ALWAYS, EmbeddedPbx, OperatorPhones, PbxValues, find_root
from telephony.records import AsteriskRecords, RecordFiles
from transcription.glossary import Glossary
from transcription.pool import PoolSettings, WorkerPool
from transcription.worker_process import WorkerSettings


def seats_of(settings: Settings) -> tuple[str, ...]:
    """Every operator of the PBX once."""
    return tuple(dict.fromkeys((*settings.pbx.operators, *settings.pbx.help_operators)))


def secrets_of(settings: Settings) -> Secrets:
    operators = seats_of(settings)
    phones = (*operators, *(f"{name}-web" for name in operators), "duty", "probe")
    return read_or_make_secrets(settings.data / "secrets.toml", phones)


def oidc_of(settings: Settings, secrets: Secrets) -> OidcClient | None:
    """The centre's sign-in provider, if the settings name one. Raises BadSetting."""
    oidc = settings.sign_in.oidc
    if not oidc.issuer:
        return None
    if not secrets.oidc:
        file = settings.data / "secrets.toml"
        raise BadSetting("sign_in.oidc", "our secret at the provider is missing", f'Write it into {file}: oidc = "…"')
    return OidcClient(
        Relying(
            issuer=oidc.issuer, client_id=oidc.client_id, secret=secrets.oidc, address=oidc.address, claim=oidc.claim
        )
    )


def ami_settings(settings: Settings, secrets: Secrets) -> AmiSettings:
    pbx = settings.pbx
    return AmiSettings(host=pbx.host, port=pbx.ami_port, user=pbx.ami_user, secret=secrets.ami)


def ari_settings(settings: Settings, secrets: Secrets) -> AriSettings:
    pbx = settings.pbx
    return AriSettings(host=pbx.host, port=pbx.http_port, user=pbx.ari_user, password=secrets.ari)


def records_of(settings: Settings) -> AsteriskRecords:
    return AsteriskRecords(
        RecordFiles(queue_log=settings.queue_log, cdr=settings.cdr_file, bookmark=settings.data / "queue_log.bookmark")
    )


def assessor_of(settings: Settings) -> Assess:
    """Both voices. Raises BadSetting for a model that cannot be used."""
    triage = Triage(read_model(settings.triage.model or SHIPPED_MODEL))
    triage.assess("алло здравствуйте")  # the first one fills caches that no caller should wait for
    return triage.assess


def embedded_pbx(settings: Settings, secrets: Secrets) -> EmbeddedPbx:
    """The PBX of our own, not started. Raises BadSetting when there is no Asterisk to run."""
    settings.data.mkdir(parents=True, exist_ok=True)
    settings.data.chmod(0o711)  # Asterisk's own user must pass through to its folder; it can list nothing here
    return EmbeddedPbx(
        pbx_values(settings, secrets),
        PROJECT / "asterisk-conf",
        find_root(settings.data / "asterisk-root"),
        settings.instance,
    )


def pbx_values(settings: Settings, secrets: Secrets) -> PbxValues:
    pbx = settings.pbx

    def phones_of(name: str) -> OperatorPhones:
        return OperatorPhones(
            operator_id=OperatorId(name),
            password=secrets.phones[name],
            web_password=secrets.phones[f"{name}-web"],
        )

    return PbxValues(
        operators=tuple(phones_of(name) for name in pbx.operators),
        help_operators=tuple(phones_of(name) for name in pbx.help_operators),
        help_hours=ALWAYS if pbx.help_hours == "always" else pbx.help_hours,
        help_timezone=pbx.help_timezone,
        transfer_numbers=pbx.transfer_numbers,
        trunk_contact=pbx.trunk_contact,
        call_back_forms=pbx.call_back_forms,
        call_back_caller_id=pbx.call_back_caller_id,
        help_max_waiting=pbx.help_max_waiting,
        duty_password=secrets.phones["duty"],
        probe_password=secrets.phones["probe"],
        ami_password=secrets.ami,
        ari_password=secrets.ari,
        node=settings.node,
        sip_port=pbx.sip_port,
        http_port=pbx.http_port,
        ami_port=pbx.ami_port,
        rtp_first=pbx.rtp_first_port,
        rtp_last=pbx.rtp_last_port,
        trunk_match=pbx.trunk_addresses,
        max_waiting=pbx.max_waiting,
    )


def targets_of(settings: Settings) -> Targets:
    asked = settings.targets
    first = ShareTarget(within=timedelta(seconds=asked.first_within_s), share=asked.first_share)
    second = ShareTarget(within=timedelta(seconds=asked.second_within_s), share=asked.second_share)
    return Targets(mean=timedelta(seconds=asked.mean_wait_s), shares=(first, second))


def knowledge_of(settings: Settings) -> Knowledge | None:
    """None while the self-service is off. Raises BadSetting for a file that cannot be used."""
    return knowledge_file_of(settings) if settings.help_line.self_service else None


def knowledge_file_of(settings: Settings) -> Knowledge:
    """The questions and answers, for operators too. Raises BadSetting for a file that cannot be used."""
    return read_knowledge(settings.help_line.knowledge or SAMPLES)


def finder_of(settings: Settings) -> PlaceFinder:
    """Raises BadSetting for a gazetteer that cannot be used."""
    return PlaceFinder(gazetteer_of(settings))


def gazetteer_of(settings: Settings) -> tuple[Place, ...]:
    """Raises BadSetting for a gazetteer that cannot be used."""
    file = settings.places.gazetteer
    return shipped_gazetteer() if file is None else read_gazetteer(file)


def sounds_as_seen(settings: Settings) -> str:
    """The prompts' folder in Asterisk's own eyes. Raises BadSetting when there is no Asterisk to run."""
    if not settings.pbx.embedded:
        return settings.pbx.sounds_seen or str(settings.sounds)
    root = find_root(settings.data / "asterisk-root")
    return f"{root.data_as_seen(settings.instance)}/{settings.sounds.name}"


def glossary_of(settings: Settings) -> Glossary:
    """Raises BadSetting for a file that cannot be used."""
    files = settings.transcription.glossary
    return Glossary.read() if files is None else Glossary.read(files)


def pool_settings(settings: Settings) -> PoolSettings:
    chosen = settings.transcription
    local = WorkerSettings(
        model=chosen.model,
        languages=chosen.languages,
        language_models=chosen.models,
        compute_type=chosen.compute_type,
        device=chosen.device,
        threads=chosen.threads,
        batch=chosen.batch,
        socket_folder=settings.data / "run",
    )
    return PoolSettings(
        local=local if chosen.workers else None, local_workers=chosen.workers, addresses=chosen.worker_addresses
    )


def second_pool_of(settings: Settings) -> WorkerPool | None:
    """One worker with the bigger model, which gives way to everything else on its machine; None when it is off."""
    chosen = settings.transcription.second_pass
    if not chosen.model:
        return None
    local = WorkerSettings(
        model=chosen.model,
        languages=settings.transcription.languages,
        compute_type=chosen.compute_type,
        device=chosen.device,
        nice=19,
        socket_folder=settings.data / "run" / "second",
    )
    return WorkerPool(PoolSettings(local=local))
