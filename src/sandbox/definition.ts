/** `AttributeTypeName.Value` of the Web API: what a column of the embedded environment is. */
export type AttributeTypeName =
  | 'UniqueidentifierType'
  | 'StringType'
  | 'MemoType'
  | 'IntegerType'
  | 'BigIntType'
  | 'DecimalType'
  | 'DoubleType'
  | 'MoneyType'
  | 'BooleanType'
  | 'DateTimeType'
  | 'PicklistType'
  | 'MultiSelectPicklistType'
  | 'StateType'
  | 'StatusType'
  | 'LookupType'
  | 'OwnerType'
  | 'CustomerType'
  | 'EntityNameType'
  | 'PartyListType'
  | 'VirtualType'
  | 'ImageType'
  | 'FileType'
  | 'ManagedPropertyType'
  | 'CalendarRulesType';

export interface OptionDefinition {
  readonly value: number;
  /** The state a status belongs to. */
  readonly state?: number;
  /** Language code (1033) to text. */
  readonly labels: Readonly<Record<number, string>>;
}

export interface ColumnDefinition {
  readonly logicalName: string;
  readonly schemaName: string;
  readonly type: AttributeTypeName;
  readonly displayName: string | null;
  readonly metadataId: string;
  /** The column this one only describes (`accountcategorycodename` describes `accountcategorycode`); else null. */
  readonly attributeOf: string | null;
  readonly maxLength?: number;
  readonly databaseLength?: number;
  readonly precision?: number;
  readonly minValue?: number;
  readonly maxValue?: number;
  /** For DateTimeType. */
  readonly dateBehavior?: 'DateOnly' | 'UserLocal' | 'TimeZoneIndependent';
  /** For lookups. */
  readonly targets?: readonly string[];
  /** For choices: the column's own options, or the name of a global choice. */
  readonly options?: readonly OptionDefinition[];
  readonly globalChoice?: string;
  readonly isValidForRead: boolean;
  readonly isValidForCreate: boolean;
  readonly isValidForUpdate: boolean;
  readonly isPrimaryId?: boolean;
  readonly isPrimaryName?: boolean;
  readonly isCustom: boolean;
  readonly isSecured?: boolean;
  /** 0 simple, 1 calculated, 2 rollup; null where the platform says null. */
  readonly sourceType?: number | null;
}

export interface RelationshipDefinition {
  readonly schemaName: string;
  readonly kind: 'OneToMany' | 'ManyToMany';
  /** One-to-many: referenced (one) and referencing (many) side. Many-to-many: the two sides. */
  readonly table1: string;
  readonly column1: string;
  readonly table2: string;
  readonly column2: string;
  readonly intersectTable?: string;
  readonly navigation1: string;
  readonly navigation2: string;
  /** What deleting a row of table 1 does to the rows of table 2 that point to it; `RemoveLink` when left out. */
  readonly cascadeDelete?: CascadeDelete;
}

/**
 * `Cascade` deletes them too, `RemoveLink` empties their lookup, `Restrict` refuses the delete, `NoCascade` leaves a
 * lookup to a row that is gone.
 */
export type CascadeDelete = (typeof cascadeDeletes)[number];

export const cascadeDeletes = ['Cascade', 'RemoveLink', 'Restrict', 'NoCascade'] as const;

/** Whether a merge moves what points to the subordinate row, as `CascadeConfiguration` shows it. */
export function movesOnMerge({ column2, cascadeDelete }: RelationshipDefinition): boolean {
  return column2 !== 'masterid' && cascadeDelete !== 'NoCascade' && cascadeDelete !== 'Restrict';
}

/** An alternate key: columns whose values together name one row. */
export interface KeyDefinition {
  readonly logicalName: string;
  readonly schemaName: string;
  readonly displayName: string;
  readonly metadataId: string;
  readonly columns: readonly string[];
  /** `Failed` where rows of equal values were there before it; such a key names nothing and forbids nothing. */
  readonly status: 'Active' | 'Failed';
}

export interface TableDefinition {
  readonly logicalName: string;
  readonly schemaName: string;
  readonly entitySetName: string;
  readonly displayName: string;
  readonly objectTypeCode: number;
  readonly metadataId: string;
  readonly primaryId: string;
  readonly primaryName: string | null;
  readonly changeTracking: boolean;
  readonly canTrackChanges: boolean;
  readonly isIntersect: boolean;
  readonly isActivity: boolean;
  readonly isCustom: boolean;
  readonly isPrivate: boolean;
  readonly ownership: 'UserOwned' | 'OrganizationOwned' | 'BusinessOwned' | 'None';
  readonly columns: readonly ColumnDefinition[];
  readonly keys?: readonly KeyDefinition[];
  /**
   * Where rows are kept, as the platform has it: an elastic table in a partitioned store, a virtual one elsewhere.
   * `Standard` when left out.
   */
  readonly kind?: 'Standard' | 'Elastic' | 'Virtual';
}

export interface GlobalChoiceDefinition {
  readonly name: string;
  readonly metadataId: string;
  readonly displayName: string;
  readonly options: readonly OptionDefinition[];
}

export interface OrganizationDefinition {
  readonly organizationId: string;
  readonly friendlyName: string;
  readonly uniqueName: string;
  readonly version: string;
  readonly baseCurrencyId: string;
  readonly rootBusinessUnitId: string;
}
