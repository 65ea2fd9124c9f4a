"""Official words of pages by family and key: Chinese as the rules write it, English beside it."""

from __future__ import annotations

from typing import Final

from ckanext.fjgov.core.cases.roles import ROLES

WORDS: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "role": ROLES,
    "entry_state": {
        "draft": ("草稿", "Draft"),
        "active": ("目录已发布", "Listed"),
        "deleted": ("已撤销", "Withdrawn"),
    },
    "use_outcome": {
        "done": ("完成", "Done"),
        "broken": ("中断", "Broken off"),
        "grant_ended": ("授权终止，已中断", "Broken off: the grant ended"),
        "none": ("未见结束", "No end on record"),
    },
    "token_state": {
        "active": ("有效", "Good"),
        "expired": ("已过期", "Expired"),
        "revoked": ("已作废", "Revoked"),
    },
    "party": {
        "applicant": ("信息使用单位", "Applicant"),
        "holder": ("信息使用单位", "Holder"),
        "provider": ("信息发布单位", "Provider"),
        "operator": ("平台运行单位", "Platform operator"),
        "province_office": ("省数字办", "Provincial digital office"),
        "applicant_office": ("使用单位同级数字办（抄送）", "Applicant's digital office (copy)"),
        "provider_office": ("发布单位同级数字办", "Provider's digital office"),
    },
    "node_level": {"province": ("省级", "Province"), "city": ("设区市级", "City")},
    "node_state": {
        "active": ("正常", "Active"),
        "paused": ("已暂停", "Paused"),
        "ended": ("已终止", "Ended"),
    },
    "run_state": {
        "queued": ("等待执行", "Queued"),
        "running": ("同步中", "Running"),
        "verified": ("已完成，摘要一致", "Verified"),
        "repaired": ("已完成，差异已修复", "Repaired"),
        "unverified": ("已完成，未能核对一致", "Not verified"),
        "stopped": ("已停止，等待确认", "Stopped, needs confirmation"),
        "failed": ("失败", "Failed"),
        "interrupted": ("中断", "Interrupted"),
        "cancelled": ("已取消", "Cancelled"),
        "skipped": ("未执行", "Skipped"),
    },
    "run_trigger": {
        "person": ("人工", "By hand"),
        "cli": ("命令行", "Command line"),
        "schedule": ("按计划", "By schedule"),
        "retry": ("重试单条记录", "Retry of one record"),
        "approval": ("批准撤销后", "After an approval"),
    },
    "run_step": {
        "started": ("已开始", "Started"),
        "fetched": ("读取变更", "Reading changes"),
        "taken_away": ("先行撤下", "Taking away first"),
        "merged": ("写入", "Writing"),
        "indexed": ("建立索引", "Indexing"),
        "retried": ("复查拒收记录", "Looking at refused records again"),
        "recovered": ("恢复后比对", "Comparing after a restore"),
        "compared": ("核对摘要", "Comparing digests"),
        "repaired": ("修复差异", "Repairing differences"),
        "finished": ("已结束", "Finished"),
    },
    "alarm_kind": {
        "late": ("逾期未同步", "Late"),
        "unreachable": ("无法连接", "Unreachable"),
        "failing": ("同步失败", "Failing"),
        "unverified": ("核对不一致", "Not verified"),
        "shrinking": ("撤销过多，待核实", "Shrinking, to be reviewed"),
        "usage_log": ("使用记录被截断或改动", "Log of uses cut or changed"),
    },
    "collection_state": {
        "reported": ("已报送", "Reported"),
        "confirmed": ("已确认", "Confirmed"),
        "adjusted": ("已调整", "Adjusted"),
        "ended": ("不再采集", "Not to be collected"),
    },
    "collection_outcome": {
        "duplicate": ("重复采集提示", "Collected twice"),
        "pending": ("待核", "Pending"),
        "out_of_range": ("超范围采集提示", "Out of range"),
    },
    "collection_change": {
        "added": ("新增", "New"),
        "changed": ("变更", "Changed"),
        "ended": ("不再采集", "Ended"),
    },
    "review_decision": {
        "open": ("待核实", "To be reviewed"),
        "approved": ("已批准撤销", "Approved"),
        "refused": ("已拒绝，记录保留", "Refused, records kept"),
        "superseded": ("已被新的同步取代", "Superseded"),
    },
    "quality_severity": {"warning": ("警告", "Warning"), "notice": ("提示", "Notice")},
    "maintenance_state": {
        "none": ("未发起", "Not opened"),
        "open": ("办理中", "In progress"),
        "ready": ("待单位负责人确认", "Waits for the head of the unit"),
        "closed": ("已确认", "Confirmed"),
        "overdue": ("已超期", "Overdue"),
        "no_directory": ("未开通目录", "No directory"),
    },
    "maintenance_entry": {
        "pending": ("待办理", "To be decided"),
        "confirmed": ("确认不变", "Confirmed"),
        "to_change": ("需要更新", "To be changed"),
        "changed": ("已更新", "Changed"),
        "merged": ("已合并", "Merged"),
        "withdrawn": ("已撤销", "Withdrawn"),
        "gone": ("已不在目录中", "Not listed any more"),
    },
    "outcome": {
        "added": ("新增", "Added"),
        "changed": ("变更", "Changed"),
        "withdrawn": ("撤销", "Withdrawn"),
        "unchanged": ("未变", "Unchanged"),
        "refused": ("拒收", "Refused"),
        "incomplete": ("不完整", "Incomplete"),
    },
    "record_kind": {
        "unit": ("机关单位", "Unit"),
        "entry": ("目录", "Entry"),
        "collection_item": ("采集目录", "Collection item"),
        "gov_database": ("数据库目录", "Database"),
        "app_system": ("应用系统目录", "System"),
        "permit_type": ("证照目录", "Licence"),
    },
    "upload_state": {
        "checking": ("预检中", "Being checked"),
        "marking": ("预检完成，正在生成批注", "Checked, marks are being written"),
        "checked": ("预检完成（未保存）", "Checked, nothing saved"),
        "refused": ("文件不能使用", "The file cannot be used"),
        "importing": ("导入中", "Being imported"),
        "imported": ("导入完成", "Imported"),
        "failed": ("未完成", "Not finished"),
    },
    "import_planned": {
        "listed": ("可登记", "To be registered"),
        "changed": ("可更新", "To be changed"),
        "unchanged": ("无变化", "Unchanged"),
        "removed": ("可撤销", "To be withdrawn"),
        "refused": ("有错误，不导入", "With errors, left out"),
    },
    "import_done": {
        "listed": ("新登记", "Registered"),
        "changed": ("已更新", "Changed"),
        "unchanged": ("无变化", "Unchanged"),
        "removed": ("已撤销", "Withdrawn"),
        "refused": ("未导入", "Not imported"),
    },
    # What Art. 22 gives by share class; shown under "how to use".
    "use": {
        "1": (
            "政务用户登录后可直接查询；批量下载（直接交换）须由平台运行单位配置授权（《办法》第二十二条）。",
            "Signed-in officials may query it; download needs configured access (Art. 22).",
        ),
        "2": (
            "须按共享条件提出共享实施申请，经配置授权后使用（《办法》第二十二条、第二十三条）。",
            "Needs an application and configured access (Art. 22 and 23).",
        ),
        "3": (
            "不通过共享平台提供，确有需要请联系信息发布单位。",
            "Not provided through the exchange; contact the providing unit if there is a need.",
        ),
        "open": (
            "该信息资源向社会开放，任何人可经共享网关获取。",
            "Open to society: anybody may obtain it through the gateway.",
        ),
    },
}
