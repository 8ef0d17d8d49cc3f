/**
 * A part of Atlassian's published schema of documents: `@atlaskit/adf-schema` 57.7.22,
 * `dist/json-schema/v1/full.json`, Copyright Atlassian, licensed under Apache-2.0
 * (https://www.apache.org/licenses/LICENSE-2.0). Choices of kinds that are not written here were left
 * out, nothing else: what this part takes, the whole takes.
 */
export const DOCUMENT_SCHEMA = {
  $ref: '#/definitions/doc_node',
  definitions: {
    doc_node: {
      type: 'object',
      properties: {
        type: {
          enum: ['doc'],
        },
        content: {
          type: 'array',
          items: {
            anyOf: [
              {
                $ref: '#/definitions/codeBlock_node',
              },
              {
                $ref: '#/definitions/paragraph_with_no_marks_node',
              },
            ],
          },
        },
        version: {
          enum: [1],
        },
      },
      additionalProperties: false,
      required: ['version', 'type', 'content'],
    },
    paragraph_with_no_marks_node: {
      allOf: [
        {
          $ref: '#/definitions/paragraph_node',
        },
        {
          type: 'object',
          properties: {
            marks: {
              type: 'array',
              maxItems: 0,
            },
          },
          additionalProperties: true,
        },
      ],
    },
    paragraph_node: {
      type: 'object',
      properties: {
        type: {
          enum: ['paragraph'],
        },
        marks: {
          type: 'array',
        },
        attrs: {
          type: 'object',
          properties: {
            localId: {
              type: 'string',
            },
          },
          additionalProperties: false,
        },
        content: {
          type: 'array',
          items: {
            $ref: '#/definitions/inline_node',
          },
        },
      },
      additionalProperties: false,
      required: ['type'],
    },
    codeBlock_node: {
      type: 'object',
      properties: {
        type: {
          enum: ['codeBlock'],
        },
        marks: {
          type: 'array',
          maxItems: 0,
        },
        attrs: {
          type: 'object',
          properties: {
            language: {
              type: 'string',
            },
            uniqueId: {
              type: 'string',
            },
            localId: {
              type: 'string',
            },
            wrap: {
              type: 'boolean',
            },
            hideLineNumbers: {
              type: 'boolean',
            },
          },
          additionalProperties: false,
        },
        content: {
          type: 'array',
          items: {
            $ref: '#/definitions/text_with_no_marks_node',
          },
        },
      },
      additionalProperties: false,
      required: ['type'],
    },
    inline_node: {
      anyOf: [
        {
          $ref: '#/definitions/formatted_text_inline_node',
        },
      ],
    },
    formatted_text_inline_node: {
      allOf: [
        {
          $ref: '#/definitions/text_node',
        },
        {
          type: 'object',
          properties: {
            marks: {
              type: 'array',
              items: {
                anyOf: [
                  {
                    $ref: '#/definitions/link_mark',
                  },
                  {
                    $ref: '#/definitions/strong_mark',
                  },
                ],
              },
            },
          },
          additionalProperties: true,
        },
      ],
    },
    text_with_no_marks_node: {
      allOf: [
        {
          $ref: '#/definitions/text_node',
        },
        {
          type: 'object',
          properties: {
            marks: {
              type: 'array',
              maxItems: 0,
            },
          },
          additionalProperties: true,
        },
      ],
    },
    text_node: {
      type: 'object',
      properties: {
        type: {
          enum: ['text'],
        },
        marks: {
          type: 'array',
        },
        text: {
          minLength: 1,
          type: 'string',
        },
      },
      additionalProperties: false,
      required: ['type', 'text'],
    },
    link_mark: {
      type: 'object',
      properties: {
        type: {
          enum: ['link'],
        },
        attrs: {
          type: 'object',
          properties: {
            href: {
              type: 'string',
            },
            title: {
              type: 'string',
            },
            id: {
              type: 'string',
            },
            collection: {
              type: 'string',
            },
            occurrenceKey: {
              type: 'string',
            },
          },
          required: ['href'],
          additionalProperties: false,
        },
      },
      required: ['type', 'attrs'],
      additionalProperties: false,
    },
    strong_mark: {
      type: 'object',
      properties: {
        type: {
          enum: ['strong'],
        },
      },
      required: ['type'],
      additionalProperties: false,
    },
  },
};
