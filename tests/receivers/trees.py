"""What Phoenix shows of some recordings. Every tree was compared with its recording by hand."""

TREES = {
    "plain": """
agent: invoke_agent hermes
  chain: turn
    llm: chat fake-model (1200 in, 50 out)""",
    "tool": """
agent: invoke_agent hermes
  chain: turn
    llm: chat fake-model (1200 in, 50 out)
    tool: execute_tool read_file
    llm: chat fake-model (1300 in, 50 out)""",
    "parallel": """
agent: invoke_agent hermes
  chain: turn
    llm: chat fake-model (1200 in, 50 out)
    tool: execute_tool read_file
    tool: execute_tool read_file
    llm: chat fake-model (1400 in, 50 out)""",
    "toolerr": """
agent: invoke_agent hermes
  chain: turn
    llm: chat fake-model (1200 in, 50 out)
    tool: execute_tool read_file [error error: tool_error]
    llm: chat fake-model (1300 in, 50 out)""",
    "interactive_2turns": """
agent: invoke_agent hermes
  chain: turn
    llm: chat fake-model (1200 in, 50 out)
  chain: turn
    llm: chat fake-model (1200 in, 50 out)""",
    "interactive_approval": """
agent: invoke_agent hermes
  chain: turn
    llm: chat fake-model (1200 in, 50 out)
    tool: execute_tool terminal
      chain: approval
      chain: approval
    llm: chat fake-model (1300 in, 50 out)""",
    "flaky500": """
agent: invoke_agent hermes
  chain: turn
    llm: chat fake-model (1200 in, 50 out)
      chain: attempt [error provider_error (HTTP 500): server_error]""",
    "fallback": """
agent: invoke_agent hermes
  chain: turn
    llm: chat fake-unpriced (1200 in, 50 out)
      chain: attempt [error rate_limit (HTTP 429)]""",
    "h401": """
agent: invoke_agent hermes [error errored: auth]
  chain: turn [error errored: auth]
    llm: chat fake-model [error auth (HTTP 401)]
      chain: attempt [error auth (HTTP 401)]""",
    "delegate": """
agent: invoke_agent hermes
  chain: turn
    llm: chat fake-model (1200 in, 50 out)
    tool: execute_tool delegate_task
      agent: invoke_agent leaf
        chain: turn
          llm: chat fake-model (1200 in, 50 out)
    llm: chat fake-model (1300 in, 50 out)""",
    "delegate_inline": """
agent: invoke_agent hermes
  chain: turn
    llm: chat fake-model (1200 in, 50 out)
    tool: execute_tool delegate_task
      agent: invoke_agent leaf
        chain: turn
          llm: chat fake-model (1200 in, 50 out)
          tool: execute_tool read_file
          llm: chat fake-model (1300 in, 50 out)
    llm: chat fake-model (1300 in, 50 out)""",
    "nested_inline": """
agent: invoke_agent hermes
  chain: turn
    llm: chat fake-model (1200 in, 50 out)
    tool: execute_tool delegate_task
      agent: invoke_agent orchestrator
        chain: turn
          llm: chat fake-model (1200 in, 50 out)
          tool: execute_tool delegate_task
            agent: invoke_agent leaf
              chain: turn
                llm: chat fake-model (1200 in, 50 out)
          llm: chat fake-model (1300 in, 50 out)
    llm: chat fake-model (1300 in, 50 out)""",
    "sigkill": """
agent: invoke_agent hermes [error unknown: process_lost]
  chain: turn [error unknown: process_lost]""",
}
