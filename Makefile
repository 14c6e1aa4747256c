# Every command says in one line what it does; `make` alone lists them.
PYTHON ?= python3
TOOLS = @$(PYTHON) -m tools

.DEFAULT_GOAL := help
.PHONY: help run simulate test check lint train bench evaluate seed doctor lock clean reset-demo

help: ## list these commands
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-18s %s\n", $$1, $$2}'
	@echo

run: ## build what is missing, start everything, print the addresses; Ctrl-C stops it
	$(TOOLS) run

simulate: ## the same with Telegram and WhatsApp played here, and a page to write as their customers
	$(TOOLS) simulate

test: ## set up what is missing and run every test
	$(TOOLS) test

check: ## everything CI checks: lint, types, import rules, every test
	$(TOOLS) check

lint: ## lint, format, types and import rules alone
	$(TOOLS) lint

train: ## train the model
	$(TOOLS) train

bench: ## measure training and turns beside Rasa's default configuration
	$(TOOLS) bench

evaluate: ## measure how well messages are understood (DATA=file.csv, TRAIN=file.csv: on your own)
	$(TOOLS) evaluate $(if $(DATA),--data '$(DATA)') $(if $(TRAIN),--train '$(TRAIN)')

seed: ## fill the demo shop again, with orders dated around today
	$(TOOLS) seed

doctor: ## say what is in order here, what is not, and what to do about it
	$(TOOLS) doctor

lock: ## write the locks again from requirements/*.in (UPGRADE=1: with newer versions)
	$(TOOLS) lock $(if $(UPGRADE),--upgrade)

clean: ## remove what can be made again: environments, model, logs
	$(TOOLS) clean

reset-demo: ## remove the demo's conversations, shop and secrets
	$(TOOLS) reset-demo
