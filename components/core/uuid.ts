const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether something is called by its id, rather than by its name. */
export const isUuid = (nameOrId: string) => UUID.test(nameOrId);
