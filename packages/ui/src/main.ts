export const MOUNT_ID = "root";
