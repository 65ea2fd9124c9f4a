# make help 列出全部目标 / lists all targets. Nothing needs to be prepared: Debian 12, python3, make, git.
PYTHON ?= python3
VENV := .venv/bin
export PYTHONUTF8 := 1
# Unit tests share nothing; a file of them stays in one process.
UNIT := $(VENV)/python -m pytest tests/unit -n auto --dist=loadfile
# Two lanes with a stack each (tests/lanes.py); LANES=0 runs all in one process.
LANES ?= 2
SIDE_BY_SIDE := $(if $(filter-out 0,$(LANES)),-n $(LANES) --dist=loadscope --no-loadscope-reorder)

.DEFAULT_GOAL := help
.PHONY: help run stop status restart dev test unit check bench soak

help: ## 列出目标 / list the targets
	@awk -F ":.*## " "/^[a-z]+:.*## /{printf \"  make %-9s %s\\n\", \$$1, \$$2}" $(MAKEFILE_LIST)

run: ## 安装所缺、启动省市三个站点，可加 CITIES=10 / install what is missing, start three sites, more by CITIES=
	@$(PYTHON) deploy/install.py run
	@FJGOV_CITIES=$(CITIES) $(VENV)/python -m deploy.stack up

stop: ## 停止（保留数据）/ stop what was started, keep the data
	@if [ -x $(VENV)/python ]; then $(VENV)/python -m deploy.stack down; fi

status: ## 各服务状态 / state of the services
	@$(VENV)/python -m deploy.stack status

restart: ## 改代码后重启站点，可加 SITE=fuzhou / restart sites after a change, one by SITE=
	@$(VENV)/python -m deploy.stack restart $(SITE)

dev: ## 只准备 .venv 和工具 / only prepare .venv and tools
	@$(PYTHON) deploy/install.py dev

test: ## 全部测试，自带端口和文件夹 / every test, on ports and folders of its own
	@$(PYTHON) deploy/install.py test
	@$(VENV)/python -m pytest tests $(SIDE_BY_SIDE) $(ARGS)

unit: dev ## 单元测试，不需要服务 / unit tests, no services
	@$(UNIT) $(ARGS)

check: dev ## 规范、类型、分层、单元测试 / lint, types, layers, unit tests
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/mypy ckanext-fjgov/ckanext/fjgov harvesters deploy
	@$(VENV)/lint-imports
	@$(UNIT) $(ARGS)

bench: dev ## 测量，可加 ONLY=名称 / measurements, one by ONLY=name
	@$(VENV)/python -m tests.bench $(if $(ONLY),--only $(ONLY))

soak: dev ## 长时间随机和故障试验 / long random histories and faults
	@$(VENV)/python -m tests.soak $(ARGS)
