"""Take a workbook in, tell who may see it, and start its import."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from redis.exceptions import RedisError

import ckan.plugins.toolkit as tk
from ckan import model

from ckanext.fjgov.core.access.visibility import State
from ckanext.fjgov.logic import queue, settings
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.uploads import jobs, rights
from ckanext.fjgov.model import uploads
from ckanext.fjgov.model.database import own_transaction

TARGETS = (State.DRAFT.value, State.LISTED.value)
READY = frozenset({"checked", "imported", "failed"})
LOST = (
    "任务已中断（服务重启或队列清空）；已写入的目录有效，可再次导入，不会重复登记 / "
    "the job was cut off; what was written stays, and importing again registers nothing twice"
)
NO_QUEUE = "任务队列无应答，请稍后再试 / the job queue does not answer, try again later"
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A file as somebody hands it in.

    Attributes:
        directory: type of the records that it holds.
        target: state that new ones are to have.
    """

    filename: str
    data: bytes
    directory: str
    target: str


def take_in(unit: model.Group, user: Any, file: HandedIn) -> str:
    """Keep a file and have it checked; gives the id of the upload.

    Raises:
        NotAuthorized: the person is no registrar of the unit today.
        ValidationError: the file is empty or too large, or new entries may not be listed so.
    """
    rights.refuse_others(user, unit.id)
    _refuse_size(file.data)
    if file.target not in TARGETS:
        message = "保存方式应为 draft 或 active / must be draft or active"
        raise tk.ValidationError({"target": [message]})
    if file.target == State.LISTED.value and settings.review_required():
        message = "本节点的目录须经审核发布，请保存为草稿 / entries are reviewed here: save drafts"
        raise tk.ValidationError({"target": [message]})
    upload = uploads.NewUpload(
        id=str(uuid.uuid4()),
        unit_id=unit.id,
        user_id=user.id,
        filename=file.filename[:LONGEST_NAME],
        content=file.data,
        directory=file.directory,
        target=file.target,
        job=jobs.new_job_id(),
        at=utc_now(),
    )
    with own_transaction() as connection:
        uploads.add(connection, upload)
    _hand_over(jobs.check, upload.id, upload.job)
    return upload.id


def start_import(upload: Mapping[str, Any], user: Any) -> None:
    """Have an upload imported as it was checked.

    Raises:
        NotAuthorized: the person is no registrar of the unit today.
        ValidationError: it is not checked, or somebody has started it already.
    """
    rights.refuse_others(user, upload["unit_id"])
    states = READY | ({upload["state"]} if upload["is_lost"] else set())
    job = jobs.new_job_id()
    with own_transaction() as connection:
        is_taken = uploads.begin_import(connection, upload["id"], user.id, job, states, utc_now())
    if not is_taken:
        message = "该文件未通过预检，或正在处理 / the file is not checked, or at work already"
        raise tk.ValidationError({"state": [message]})
    _hand_over(jobs.carry_out, upload["id"], job)


def found(upload_id: str) -> dict[str, Any]:
    """Give an upload with the name of its unit, and whether its job was lost.

    Raises:
        ObjectNotFound: there is none.
    """
    with own_transaction() as connection:
        upload = uploads.find(connection, upload_id)
    if upload is None:
        raise tk.ObjectNotFound("没有该次导入 / there is no such upload")
    return shown(upload)


def shown(upload: dict[str, Any]) -> dict[str, Any]:
    """Give an upload as answers show it."""
    unit = model.Group.get(upload["unit_id"])
    user = model.User.get(upload["user_id"])
    is_lost = upload["state"] in uploads.RUNNING and not _has_job(upload)
    return {
        **{name: value for name, value in upload.items() if name != "job"},
        "unit": unit.name if unit else "",
        "unit_title": unit.title if unit else "",
        "user": user.display_name if user else "",
        "created_at": upload["created_at"].isoformat(),
        "changed_at": upload["changed_at"].isoformat(),
        "is_lost": is_lost,
        "is_running": upload["state"] in uploads.RUNNING and not is_lost,
        "problem": LOST if is_lost else upload["problem"],
    }


def _hand_over(work: Callable[[str], None], upload_id: str, job: str) -> None:
    is_taken = queue.enqueue(
        work,
        [upload_id],
        title=f"{work.__name__} {upload_id}",
        job_id=job,
        timeout_s=jobs.TIMEOUT_S,
    )
    if not is_taken:
        with own_transaction() as connection:
            uploads.stop(connection, upload_id, "failed", NO_QUEUE, utc_now())


def _has_job(upload: Mapping[str, Any]) -> bool:
    """Tell whether a running upload has a job; one that was taken in just now gets it soon."""
    if (utc_now() - upload["changed_at"]).total_seconds() < jobs.GRACE_S:
        return True
    try:
        return queue.is_queued(upload["job"])
    except RedisError:
        return True


def _refuse_size(data: bytes) -> None:
    most = int(tk.config.get("fjgov.upload.max_bytes"))
    if not data:
        raise tk.ValidationError({"upload": ["请选择文件 / choose a file"]})
    if len(data) > most:
        raise tk.ValidationError(
            {
                "upload": [
                    (
                        f"文件超过 {most} 字节，请拆分后分次导入 / "
                        f"the file is larger than {most} bytes; split it"
                    )
                ]
            }
        )
