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
