/** The policy that a fresh installation starts with: for connections whose name starts with `demo`, and for `files`. */
export const DEMO_POLICY_YAML = `# The policy of the demo connections. Rules are unordered: deny beats hold beats allow,
# and a call that no rule decides takes the connection's default.
rules:
  - id: allow-reads
    description: Statements that the Postgres parser shows to only read run right away
    match:
      connections: ["demo*"]
      tools: [query]
    when: "!sql(args.sql).mutates"
    effect: allow

  - id: allow-describe-table
    description: Describing a table changes nothing
    match:
      connections: ["demo*"]
      tools: [describe_table]
    effect: allow

  - id: hold-writes
    description: This statement may change production data, so a person looks at it first
    match:
      connections: ["demo*"]
      tools: [query]
    when: sql(args.sql).mutates
    effect: hold
    message: >-
      Writes to the production database wait for a reviewer. Send the same call again to collect
      the answer.

  - id: hold-refunds
    description: A refund moves money and can't be taken back, so a person looks at it first
    match:
      connections: ["demo*"]
      tools: [refund_order]
    effect: hold
    message: Refunds wait for a reviewer, who checks the order and the amount.

  - id: hold-model-changes
    description: Model settings change what every customer sees, so a person looks at it first
    match:
      connections: ["demo*"]
      tools: [update_model_config]
    effect: hold
    message: Changes to model settings wait for a reviewer.

  - id: no-schema-changes
    description: This statement changes the schema, which agents may not do
    match:
      connections: ["demo*"]
      tools: [query]
    when: sql(args.sql).valid && sql(args.sql).ddl
    effect: deny
    message: Schema changes go through migrations.

  - id: allow-reading-files
    description: Reading and listing files changes nothing
    match:
      connections: [files]
      tools: [read_*, list_*, directory_tree, search_files, get_file_info]
    effect: allow

  - id: allow-writing-drafts
    description: What is below drafts/ may be written right away
    match:
      connections: [files]
      tools: [write_file, edit_file, create_directory]
    when: args.path.startsWith("drafts/") && !args.path.contains("..")
    effect: allow

  - id: hold-writing-elsewhere
    description: This changes a file outside drafts/, so a person looks at it first
    match:
      connections: [files]
      tools: [write_file, edit_file, create_directory, move_file]
    unless: args.path.startsWith("drafts/") && !args.path.contains("..")
    effect: hold
    message: Only drafts/ is written without a reviewer. Send the same call again to collect the answer.

  - id: no-other-folders
    description: Which folders the file server opens stands in its connector's file; no agent names others
    match:
      connections: [files]
      methods: [roots/list]
    effect: deny
    message: The folders of the file server are fixed.

  - id: mask-people
    description: Personal data and secrets stay out of every answer
    match:
      connections: ["*"]
    mask:
      - detect: [email, phone, credit-card, us-ssn, secret]
        as: redact
      - field: "**.salary"
        as: drop
`;
