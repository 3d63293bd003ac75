namespace Luthier.Tensors.Matrices;

/// <summary>
/// Where the elements of a matrix lie: one of the two strides, in elements, is 1. The memory need not be aligned, and
/// must outlive the view.
/// </summary>
public readonly unsafe struct MatrixView
{
    /// <summary>A row-major matrix.</summary>
    /// <param name="data">First element.</param>
    /// <param name="type">float32, bfloat16 or float16.</param>
    /// <param name="stride">Elements from one row to the next.</param>
    public MatrixView(void* data, DType type, int rows, int columns, long stride)
        : this((byte*)data, type, rows, columns, stride, 1) { }

    private MatrixView(byte* data, DType type, int rows, int columns, long rowStride, long columnStride)
    {
        Data = data;
        Type = type;
        Rows = rows;
        Columns = columns;
        RowStride = rowStride;
        ColumnStride = columnStride;
    }

    public byte* Data { get; }

    public DType Type { get; }

    public int Rows { get; }

    public int Columns { get; }

    public long RowStride { get; }

    public long ColumnStride { get; }

    /// <summary>The same elements with rows and columns exchanged.</summary>
    public MatrixView Transposed => new(Data, Type, Columns, Rows, ColumnStride, RowStride);

    /// <summary>A tensor as the matrix of its rows, transposed if asked.</summary>
    public static MatrixView Of(Tensor tensor, bool transpose = false)
    {
        var view = new MatrixView(tensor.Data, tensor.DType, tensor.Rows, tensor.Columns, tensor.Columns);
        return transpose ? view.Transposed : view;
    }

    /// <summary>The part that starts at an element.</summary>
    public MatrixView Part(int row, int column, int rows, int columns) =>
        new(At(row, column), Type, rows, columns, RowStride, ColumnStride);

    internal byte* At(long row, long column) => Data + (((row * RowStride) + (column * ColumnStride)) * Type.Size());
}
